package dev.coweave.durable;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Lets values of a class be stored with a run, and gives the class a name there that stays when it is renamed or moved.
 *
 * <pre>{@code
 * @Storable(value = "order", aliases = "com.acme.OldOrder") record Order(String id, long cents) {}
 * }</pre>
 *
 * <p>Records, enums and exceptions that a durable method's class names are stored without it, under their class names. Any other class needs
 * it, and a constructor without parameters; its fields are stored by their names, those of its superclasses too, transient ones not.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface Storable {
  /** The stored name; empty for the class's own. */
  String value() default "";

  /** Names under which it was stored before, and is still loaded. */
  String[] aliases() default {};
}
