package dev.coweave.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test that is a coroutine, in virtual time. It may wait, and take a {@link Simulation} beside JUnit's own parameters; the {@code @BeforeEach} and {@code @AfterEach}
 * methods of its class run in the same world, and may be coroutines too. It fails if a task is left behind, or has failed unasked.
 *
 * <pre>{@code
 * @CoroutineTest void transfers() { … }                          // tasks that are ready run first in, first out
 * @CoroutineTest(seeds = 1000) void neverLosesMoney() { … }      // in another order, and another world, for each seed
 * }</pre>
 *
 * <p>For each seed the class is instantiated anew, and its {@code @BeforeEach} and {@code @AfterEach} methods run. A failure names its seed and, shrunk, the fewest switches of
 * tasks that still fail; {@code -Dcoweave.seed=} repeats it. {@code -Dcoweave.seeds=} sets the number of seeds of all tests that have more than one,
 * {@code -Dcoweave.seedBase=} the first; or the environment does: {@code COWEAVE_SEEDS}, {@code COWEAVE_SEED_BASE}.
 *
 * <p>The method is woven as one annotated {@link dev.coweave.Coroutine} is. An annotation of one's own may be made of this one, for tests that are alike:
 *
 * <pre>{@code
 * @Retention(RUNTIME) @Tag("slow") @CoroutineTest(seeds = 10_000, wallTimeout = 60)
 * @interface Explored {}
 * }</pre>
 */
@Documented
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Test
@ExtendWith({CoroutineExtension.class, CoroutineExtension.Ending.class})
public @interface CoroutineTest {
  /** How many seeds it runs with; the first of them, 0, is first in, first out. */
  int seeds() default 1;

  /** How many seconds of virtual time it may take. */
  long timeout() default 3600;

  /** How many seconds of real time one run may take; it waits no longer for something outside the simulation. */
  long wallTimeout() default 10;

  /** After how many seconds of real time no further seed begins; 0 for none. */
  long budget() default 0;
}
