package dev.coweave.coroutine;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Says that a class was woven, and for which version of this package. The weaver leaves stamped classes as they are and
 * refuses to link classes of different versions; classes of the runtime whose twins are written by hand bear it too.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.CLASS)
public @interface Stamp {
  /** The version of the contract between woven code and this package. It changes when either side must. */
  int ABI = 2;

  /** The {@link #ABI} that the class was woven for. */
  int abi();
}
