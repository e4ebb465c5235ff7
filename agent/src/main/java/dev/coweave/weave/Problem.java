package dev.coweave.weave;

import dev.coweave.weave.analysis.Rule;
import org.jspecify.annotations.Nullable;

/**
 * Something in a class that can't be woven, or is better changed. All problems go through this one shape.
 *
 * @param severity whether the class can be woven all the same
 * @param code stable, such as {@code COWEAVE-101}; docs/errors.md has one section a code
 * @param method {@code com.acme.Service.fetch(URI)}, or the class's name
 * @param file the source file's name, if the class file tells
 * @param line the line in it, or 0
 * @param what what was found, a sentence without a full stop
 * @param because why it can't be woven
 * @param fix what to write instead
 */
public record Problem(
    Severity severity,
    String code,
    String method,
    @Nullable String file,
    int line,
    String what,
    String because,
    String fix) {
  /** Whether a class with a problem can be woven. */
  public enum Severity {
    /** The class can't be woven, and is left as it was. */
    ERROR,
    /** The class is woven. */
    WARNING
  }

  /**
   * What a rule says of a place.
   *
   * @param rule its code, severity, reason and remedy
   */
  public static Problem of(Rule rule, String method, @Nullable String file, int line, String what) {
    Severity severity = rule.isWarning() ? Severity.WARNING : Severity.ERROR;
    return new Problem(severity, rule.code(), method, file, line, what, rule.because(), rule.fix());
  }

  /** The same at another place, a file. */
  Problem at(String path) {
    return new Problem(severity, code, method, path, line, what, because, fix);
  }

  /** Where it is: {@code Service.java:12}, or the method's name if the class file has no lines. */
  public String place() {
    return file == null ? method : line == 0 ? file : file + ":" + line;
  }

  /** The same as an error. */
  public Problem asError() {
    return new Problem(Severity.ERROR, code, method, file, line, what, because, fix);
  }

  /** Whether it is advice: the class can be woven, and is probably not what was meant. */
  public boolean isAdvice() {
    Rule rule = Rule.of(code);
    return rule != null && rule.isAdvice();
  }

  /** The name of its rule, such as {@code dropped-task}; empty if it is about something else than a method. */
  public String name() {
    Rule rule = Rule.of(code);
    return rule == null ? "" : rule.suppression();
  }

  /** The message as users see it, on several lines. */
  @Override
  public String toString() {
    return place()
        + ": "
        + code
        + ": "
        + what
        + "\n  in:      "
        + method
        + "\n  because: "
        + because
        + "\n  fix:     "
        + fix;
  }
}
