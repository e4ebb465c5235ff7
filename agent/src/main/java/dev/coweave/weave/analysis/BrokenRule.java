package dev.coweave.weave.analysis;

/**
 * A rule that a method breaks.
 *
 * @param rule the rule
 * @param method the method as a reader knows it, {@code com.acme.Service.fetch(URI)}
 * @param line where in the source, or 0
 * @param what what was found, a sentence without a full stop
 */
public record BrokenRule(Rule rule, String method, int line, String what) {
  /** The same, of a method that a reader knows by another name. */
  public BrokenRule in(String method) {
    return new BrokenRule(rule, method, line, what);
  }
}
