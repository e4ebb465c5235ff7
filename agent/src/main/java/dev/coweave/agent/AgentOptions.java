package dev.coweave.agent;

import dev.coweave.weave.Options;
import dev.coweave.weave.Patterns;
import dev.coweave.weave.Warnings;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * What follows {@code -javaagent:coweave-agent.jar=}: {@code key=value} pairs separated by commas, such as {@code
 * include=com.acme.**:org.acme.Tool,verify}. Patterns are separated by colons, so that no character needs quoting in a shell.
 *
 * <ul>
 *   <li>{@code include=PATTERNS}: weave these classes only
 *   <li>{@code exclude=PATTERNS}: leave these classes alone
 *   <li>{@code coroutines=PATTERNS}: treat these methods as suspending, though they bear no annotation
 *   <li>{@code dump=DIR}: write each woven class, and what was made for it, below that directory
 *   <li>{@code verify} or {@code verify=true|false}: check each woven class before it is handed to the JVM
 *   <li>{@code warnings=on|off|error}: what becomes of what is probably wrong (COWEAVE-120 to 149)
 *   <li>{@code log=debug}: say of each class that a loader of the program's defines why it was or wasn't woven
 * </ul>
 *
 * @param weaving how to weave
 * @param dump where woven classes are written, or null
 * @param debug whether to say of each class why it was or wasn't woven
 */
record AgentOptions(Options weaving, @Nullable Path dump, boolean debug) {
  /** Weaves everything, and dumps nothing. */
  static final AgentOptions DEFAULT = new AgentOptions(Options.AGENT, null, false);

  private static final String VALID =
      "the options are include=PATTERNS, exclude=PATTERNS, coroutines=PATTERNS, dump=DIR,"
          + " warnings=on|off|error, log=debug and verify, separated by commas, with colons between"
          + " patterns: include=com.acme.**:org.acme.Tool,verify";

  /**
   * Reads options.
   *
   * @param text as after the {@code =} of {@code -javaagent}; null or empty for none
   * @throws IllegalArgumentException if one is unknown, given twice or has a bad value; the message lists the valid ones
   */
  static AgentOptions parse(@Nullable String text) {
    AgentOptions result = DEFAULT;
    for (Map.Entry<String, String> option : split(text == null ? "" : text).entrySet()) {
      result = result.with(option.getKey(), option.getValue());
    }
    return result;
  }

  private static Map<String, String> split(String text) {
    Map<String, String> result = new LinkedHashMap<>();
    for (String pair : text.split(",", -1)) {
      int equals = pair.indexOf('=');
      String key = (equals < 0 ? pair : pair.substring(0, equals)).strip();
      String value = equals < 0 ? "" : pair.substring(equals + 1).strip();
      if (!key.isEmpty() && result.put(key, value) != null) {
        throw bad("'" + key + "' is given twice", null);
      }
      if (key.isEmpty() && !value.isEmpty()) {
        throw bad("'" + pair + "' has no name", null);
      }
    }
    return result;
  }

  private AgentOptions with(String key, String value) {
    return switch (key) {
      case "include" -> with(weaving.withInclude(patterns(key, value)));
      case "exclude" -> with(weaving.withExclude(patterns(key, value)));
      case "coroutines" -> with(weaving.withCoroutines(patterns(key, value)));
      case "verify" -> with(weaving.withVerify(flag(key, value)));
      case "warnings" -> with(weaving.withWarnings(warnings(value)));
      case "dump" -> new AgentOptions(weaving, path(key, value), debug);
      case "log" -> new AgentOptions(weaving, dump, level(value));
      default -> throw bad("unknown option '" + key + "'", null);
    };
  }

  private AgentOptions with(Options other) {
    return new AgentOptions(other, dump, debug);
  }

  private static Patterns patterns(String key, String value) {
    if (value.isEmpty()) {
      throw bad("'" + key + "' needs patterns", null);
    }
    try {
      return Patterns.parse(value.replace(':', ','));
    } catch (IllegalArgumentException e) {
      throw bad(key + ": " + e.getMessage(), e);
    }
  }

  private static Warnings warnings(String value) {
    Warnings warnings = Warnings.of(value);
    if (warnings == null) {
      throw bad("'warnings' is on, off or error, not '" + value + "'", null);
    }
    return warnings;
  }

  private static boolean level(String value) {
    return switch (value) {
      case "debug" -> true;
      case "info" -> false;
      default -> throw bad("'log' is debug or info, not '" + value + "'", null);
    };
  }

  private static boolean flag(String key, String value) {
    return switch (value) {
      case "", "true" -> true;
      case "false" -> false;
      default -> throw bad("'" + key + "' is true or false, not '" + value + "'", null);
    };
  }

  private static Path path(String key, String value) {
    if (value.isEmpty()) {
      throw bad("'" + key + "' needs a directory", null);
    }
    try {
      return Path.of(value);
    } catch (InvalidPathException e) {
      throw bad("'" + key + "' needs a directory, not '" + value + "'", e);
    }
  }

  /** The options as they are written. */
  @Override
  public String toString() {
    StringJoiner text = new StringJoiner(",");
    add(text, "include", weaving.include());
    add(text, "exclude", weaving.exclude());
    add(text, "coroutines", weaving.coroutines());
    if (dump != null) {
      text.add("dump=" + dump);
    }
    if (debug) {
      text.add("log=debug");
    }
    if (weaving.warnings() != Warnings.ON) {
      text.add("warnings=" + weaving.warnings());
    }
    if (weaving.verify()) {
      text.add("verify");
    }
    return text.length() == 0 ? "no options" : text.toString();
  }

  private static void add(StringJoiner text, String key, Patterns patterns) {
    if (!patterns.isEmpty()) {
      text.add(key + "=" + patterns.toString().replace(',', ':'));
    }
  }

  private static IllegalArgumentException bad(String what, @Nullable Exception cause) {
    return new IllegalArgumentException("coweave agent: " + what + "; " + VALID, cause);
  }
}
