package dev.coweave.weave;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Classes compiled from a text, so that a test's input stands beside its expectation. All are in the package {@code app}. */
final class Compiled {
  /** Stands before the text on its first line, so that line numbers are those of the text. */
  private static final String PREAMBLE =
      "package app; import dev.coweave.*; import dev.coweave.flow.AsyncGenerator; import"
          + " dev.coweave.generator.Generator; import dev.coweave.loop.EventLoop; import"
          + " dev.coweave.task.Task; import static dev.coweave.task.Task.await; import java.util.*;"
          + " import java.util.concurrent.*; ";

  private static final Pattern TYPE = Pattern.compile("(class|interface|record|enum) (\\w+)");

  /** By internal name. */
  final Map<String, byte[]> classFiles = new TreeMap<>();

  private Compiled() {}

  /**
   * Compiles a text.
   *
   * @param source types of the package app; its first names the file
   * @param options more options for javac
   */
  static Compiled from(String source, String... options) {
    Matcher type = TYPE.matcher(source);
    if (!type.find()) {
      throw new IllegalArgumentException("no type in: " + source);
    }
    Compiled result = new Compiled();
    result.compile(type.group(2), source, options);
    return result;
  }

  /** The class file of a type. */
  byte[] classFile(String simpleName) {
    return classFiles.get("app/" + simpleName);
  }

  /** What the weaver makes of a type, as a build weaves. */
  WeaveResult weave(String simpleName) {
    return weave(simpleName, Options.BUILD);
  }

  WeaveResult weave(String simpleName, Options options) {
    return weaver(options).weave(classFile(simpleName));
  }

  Weaver weaver(Options options) {
    return new Weaver(this::find, options);
  }

  /** A class file of this text or of the class path. */
  byte[] find(String internalName) {
    byte[] own = classFiles.get(internalName);
    return own != null ? own : WeavingLoader.bytes(internalName);
  }

  /** Defines these classes, woven. */
  ClassLoader woven(Options options) {
    return new WeavingLoader(name -> name.startsWith("app."), this::find, options);
  }

  /** Defines these classes as they were compiled. */
  ClassLoader unwoven() {
    return woven(Options.BUILD.withExclude(Patterns.parse("app.**")));
  }

  private void compile(String name, String source, String... moreOptions) {
    List<String> options = new ArrayList<>(List.of("-g", "-parameters", "-nowarn", "-proc:none"));
    options.addAll(List.of(moreOptions));
    if (!options.contains("--release")) {
      options.addAll(List.of("--release", "17"));
    }
    classFiles.putAll(Compilers.compile(Map.of("app." + name, PREAMBLE + source), options));
  }
}
