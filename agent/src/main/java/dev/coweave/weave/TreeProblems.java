package dev.coweave.weave;

import dev.coweave.weave.Problem.Severity;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.zip.ZipException;
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

  /** A class of a name that leads elsewhere. */
  static Problem improperName(String internalName, String flaw) {
    return improperName(printable(internalName), null, flaw);
  }

  /** A class file, or one that is made for it, whose path leads elsewhere. */
  static Problem improperName(EntryName entry, String flaw) {
    return improperName(printable(entry.internalName()), printable(entry.path()), flaw);
  }

  /** As the class file has the name: with its dots replaced it would read as another. */
  private static Problem improperName(String name, @Nullable String file, String flaw) {
    return new Problem(
        Severity.ERROR,
        "COWEAVE-323",
        name,
        file,
        0,
        "a class can't be woven under the name '" + name + "': " + flaw,
        "the classes that are made for it are named after it, and would be written elsewhere",
        "find out what wrote that class file: compilers give no such names");
  }

  /** A directory, a jar, or a file of a directory. */
  static Problem unreadable(Path file, String reason) {
    return unreadable(file.toString(), file, reason);
  }

  /** A class file of the class path. */
  static Problem unreadable(Path root, String path, String reason) {
    return unreadable(
        root + (Files.isDirectory(root) ? "/" : "!/") + printable(path), root, reason);
  }

  /** A jar, or an entry of it if that is known. */
  static Problem unreadableJar(Path jar, String entry, IOException e) {
    return entry.isEmpty() ? unreadable(jar, reason(e)) : unreadable(jar, entry, reason(e));
  }

  private static Problem unreadable(String file, Path root, String reason) {
    return error(
        root,
        "COWEAVE-324",
        file + " can't be read: " + reason,
        "which methods are coroutines stands in the class files",
        "build or download it anew, or take it off the class path");
  }

  /** Two entries of one name. */
  static Problem twice(Path jar, String entry) {
    return error(
        jar,
        "COWEAVE-325",
        "the jar has two entries '" + printable(entry) + "' and classes to weave",
        "which of them is seen depends on the reader, and the woven jar could hold one only",
        "pack it without duplicates, or weave the classes before they are packed");
  }

  /** A file that only has the name of a class file. */
  static Problem noClassFile(String path, String flaw) {
    return new Problem(
        Severity.WARNING,
        "COWEAVE-326",
        printable(path),
        printable(path),
        0,
        "the file is no class file: " + flaw,
        "its name says it is one, but there is nothing in it to weave; it is left as it is",
        "delete it, or compile its source anew");
  }

  /** Something that lies where a companion is to be. */
  static Problem inTheWay(EntryName entry) {
    return error(
        "COWEAVE-301",
        entry,
        "a class that is made for it would replace " + entry.path(),
        "what has that name, or one that differs in upper and lower case only, isn't Coweave's"
            + " work",
        "rename one of them, or delete it if no source makes it");
  }

  /** A file that can't be staged. */
  static Problem unwritable(Path target, IOException e) {
    return unwritten(
        target, "can't be written: " + reason(e), "all files are written or none, and so none was");
  }

  /**
   * A file that can't be moved into place.
   *
   * @param changed files that can't be moved back
   */
  static Problem notMoved(@Nullable Path target, IOException e, List<Path> changed) {
    return unwritten(
        Objects.requireNonNull(target),
        "can't be replaced: " + reason(e),
        changed.isEmpty()
            ? "all files are written or none, and so all others are as they were"
            : "the others were put back, but for these, which are changed now: " + changed);
  }

  private static Problem unwritten(Path target, String what, String because) {
    return error(
        target,
        "COWEAVE-327",
        target + " " + what,
        because,
        "see to it that its directory can be written and has room, and that nobody holds the file;"
            + " then weave again");
  }

  /** What an exception of file access says, without the file's name. */
  static String reason(Exception e) {
    if (e instanceof AccessDeniedException) {
      return "access denied";
    }
    if (e instanceof ZipException) {
      return "it is no jar, or a damaged one (" + e.getMessage() + ")";
    }
    String reason = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
    return reason == null ? e.getClass().getSimpleName() : reason;
  }

  /** A name with its control characters as escapes. */
  private static String printable(String name) {
    StringBuilder result = new StringBuilder();
    name.chars()
        .forEach(
            c -> result.append(Character.isISOControl(c) ? String.format("\\u%04x", c) : (char) c));
    return result.toString();
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
