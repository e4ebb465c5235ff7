package dev.coweave.weave;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What became of a class.
 *
 * @param classFile the woven class, or null if the class is to be left as it is: it has nothing to weave, is woven already, or
 *     has errors
 * @param companions the classes that were made for it in its package (frames, generators, lambdas), by internal name
 * @param shapes what parked activations depend on in each of those, and in each lambda whose class travels in its owner: a hash, by
 *     internal name. A class that is redefined must keep them
 * @param methods how many coroutine methods and lambdas were woven
 * @param problems errors and warnings, in the order of the source
 */
public record WeaveResult(
    byte @Nullable [] classFile,
    Map<String, byte[]> companions,
    Map<String, Integer> shapes,
    int methods,
    List<Problem> problems) {
  /** The result for a class that has nothing to weave. */
  public static final WeaveResult UNCHANGED =
      new WeaveResult(null, Map.of(), Map.of(), 0, List.of());

  /** Whether one of the problems is an error. */
  public boolean failed() {
    return !problems.isEmpty()
        && problems.stream().anyMatch(p -> p.severity() == Problem.Severity.ERROR);
  }
}
