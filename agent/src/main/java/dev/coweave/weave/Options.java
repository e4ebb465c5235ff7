package dev.coweave.weave;

/**
 * What to weave, and how.
 *
 * @param include the classes to weave; none means all
 * @param exclude classes to leave alone, whatever {@code include} says
 * @param coroutines methods to treat as suspending methods though they bear no annotation; of these, what can't be woven stays
 *     plain
 * @param verify check each woven class before it is handed out
 * @param lambdaClasses make coroutine lambdas classes of their own beside the woven class, as a build does; false has them
 *     defined when they are first used, as the agent needs
 * @param warnings what becomes of advice
 * @param dry only look for problems: what is sure to fit isn't written, and a class has no woven one
 */
public record Options(
    Patterns include,
    Patterns exclude,
    Patterns coroutines,
    boolean verify,
    boolean lambdaClasses,
    Warnings warnings,
    boolean dry) {
  /** How a build weaves. */
  public static final Options BUILD =
      new Options(Patterns.NONE, Patterns.NONE, Patterns.NONE, true, true, Warnings.ON, false);

  /** How the agent weaves. */
  public static final Options AGENT =
      new Options(Patterns.NONE, Patterns.NONE, Patterns.NONE, false, false, Warnings.ON, false);

  /** Whether a class may be woven at all. */
  public boolean selects(String internalName) {
    return (include.isEmpty() || include.matchesClass(internalName))
        && !exclude.matchesClass(internalName);
  }

  /** These options with other classes to weave. */
  public Options withInclude(Patterns include) {
    return new Options(include, exclude, coroutines, verify, lambdaClasses, warnings, dry);
  }

  /** These options with other classes to leave alone. */
  public Options withExclude(Patterns exclude) {
    return new Options(include, exclude, coroutines, verify, lambdaClasses, warnings, dry);
  }

  /** These options with other methods to treat as suspending. */
  public Options withCoroutines(Patterns coroutines) {
    return new Options(include, exclude, coroutines, verify, lambdaClasses, warnings, dry);
  }

  /** These options with verification on or off. */
  public Options withVerify(boolean verify) {
    return new Options(include, exclude, coroutines, verify, lambdaClasses, warnings, dry);
  }

  /** These options with other consequences of advice. */
  public Options withWarnings(Warnings warnings) {
    return new Options(include, exclude, coroutines, verify, lambdaClasses, warnings, dry);
  }

  /** These options for a look that weaves nothing. */
  public Options withDry(boolean dry) {
    return new Options(include, exclude, coroutines, verify, lambdaClasses, warnings, dry);
  }
}
