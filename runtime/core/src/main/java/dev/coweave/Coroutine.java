package dev.coweave;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a method that may stop in its middle and go on later: the weaver turns it into a resumable state machine.
 *
 * <p>What it becomes follows from its signature and its body. A method that returns {@code Generator}, {@code Iterator},
 * {@code Iterable} or {@code Stream} and whose own body yields is a <i>generator</i>; one that returns {@code Task},
 * {@code CompletableFuture} or {@code CompletionStage} is an <i>async method</i>; any other is a <i>suspending method</i>,
 * with an ordinary signature, that coroutines and plain code call alike.
 *
 * <p>On the method of a functional interface it makes the lambdas and method references of that interface coroutines too.
 *
 * <p>The annotation alone does nothing: the class must be woven, by the agent ({@code -javaagent:coweave-agent.jar}) or by
 * the Maven plugin. A method that was not woven throws {@link IllegalStateException} where it awaits or yields, and says so.
 */
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface Coroutine {}
