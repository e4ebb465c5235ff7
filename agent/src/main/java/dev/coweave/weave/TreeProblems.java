package dev.coweave.weave;

import dev.coweave.weave.Problem.Severity;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Problems of files, where those of methods are found while weaving. */
final class TreeProblems {
  private TreeProblems() {}

  /** A companion's name that another class has. */
  static Problem taken(EntryName owner, EntryName companion) {
    return error(
        "COWEAVE-301",
        owner,
        "a class that is made for it would replace " + companion.path(),
        "that class bears the name that Coweave uses, and is not its work",
        "rename one of them, or delete the file if no source makes it");
  }

  /** A signed jar. */
  static Problem signed(Path jar, String signature) {
    return error(
        jar,
        "COWEAVE-302",
        "the jar is signed (" + signature + ") and has classes to weave",
        "woven classes don't match the signature, and the JVM would refuse to load them",
        "weave before signing, use the agent, or remove the signature");
  }

  /** A jar that begins with something else. */
  static Problem prefixed(Path jar) {
    return error(
        jar,
        "COWEAVE-303",
        "the jar doesn't begin with its first entry and has classes to weave",
        "what precedes it, such as a launch script, would be lost or wrong in the woven jar",
        "weave the classes before they are packed");
  }

  /** A class path without the runtime. */
  static Problem noRuntime() {
    return ofRuntime(
        "COWEAVE-305",
        "coweave-runtime is not on the class path",
        "the weaver reads from it which methods suspend",
        "add coweave-runtime to the dependencies, or to --classpath");
  }

  /** A runtime that woven classes can't link to. */
  static Problem otherRuntime(@Nullable Integer found, int wanted) {
    return ofRuntime(
        "COWEAVE-306",
        "the coweave-runtime on the class path is of version "
            + found
            + " of the contract with woven classes",
        "this weaver weaves for version " + wanted,
        "use the same version of coweave-runtime and of the weaver");
  }

  private static Problem ofRuntime(String code, String what, String because, String fix) {
    return new Problem(
        Severity.ERROR, code, "coweave-runtime", "coweave-runtime", 0, what, because, fix);
  }

  /** A problem of a class, at its path if the class file doesn't tell its source. */
  static Problem placed(Problem p, String path) {
    return p.file() != null
        ? p
        : new Problem(
            p.severity(), p.code(), p.method(), path, p.line(), p.what(), p.because(), p.fix());
  }

  private static Problem error(
      String code, EntryName entry, String what, String because, String fix) {
    return new Problem(
        Severity.ERROR,
        code,
        entry.internalName().replace('/', '.'),
        entry.path(),
        0,
        what,
        because,
        fix);
  }

  private static Problem error(Path jar, String code, String what, String because, String fix) {
    return new Problem(
        Severity.ERROR, code, jar.toString(), jar.getFileName().toString(), 0, what, because, fix);
  }
}
