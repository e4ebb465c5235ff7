package dev.coweave.weave;

import dev.coweave.weave.analysis.Rule;
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

  /** A companion's name that another class, or something else, has. */
  static Problem taken(EntryName owner, EntryName companion) {
    return of(
        Rule.COMPANION_NAME,
        owner,
        "a class that is made for it would replace " + companion.path());
  }

  /** A signed jar. */
  static Problem signed(Path jar, String signature) {
    return of(
        Rule.SIGNED_JAR, jar, "the jar is signed (" + signature + ") and has classes to weave");
  }

  /** A jar that begins with something else. */
  static Problem prefixed(Path jar) {
    return of(
        Rule.PREFIXED_JAR,
        jar,
        "the jar doesn't begin with its first entry and has classes to weave");
  }

  /** A class path without the runtime. */
  static Problem noRuntime() {
    return ofRuntime(Rule.NO_RUNTIME, "coweave-runtime is not on the class path");
  }

  /** A class loader that sees the annotation, and not what woven classes link to. */
  static Problem hiddenRuntime() {
    Problem p =
        ofRuntime(
            Rule.NO_RUNTIME, "the class loader finds dev.coweave, and not dev.coweave.coroutine");
    return new Problem(
        p.severity(),
        p.code(),
        p.method(),
        p.file(),
        p.line(),
        p.what(),
        "woven classes link to that package, whatever their sources name",
        "in an OSGi bundle, import it: 'Import-Package: dev.coweave.coroutine'; a shrinker has to"
            + " keep it");
  }

  /** A runtime that woven classes can't link to. */
  static Problem otherRuntime(@Nullable Integer found, int wanted) {
    return ofRuntime(
        Rule.OTHER_RUNTIME,
        "the coweave-runtime on the class path is of version "
            + found
            + " of the contract with woven classes, and this weaver weaves for version "
            + wanted);
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
    return Problem.of(
        Rule.IMPROPER_NAME,
        name,
        file,
        0,
        "a class can't be woven under the name '" + name + "': " + flaw);
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
    return of(Rule.UNREADABLE_FILE, root, file + " can't be read: " + reason);
  }

  /** Two entries of one name. */
  static Problem twice(Path jar, String entry) {
    return of(
        Rule.DUPLICATE_ENTRY,
        jar,
        "the jar has two entries '" + printable(entry) + "' and classes to weave");
  }

  /** A file that only has the name of a class file. */
  static Problem noClassFile(String path, String flaw) {
    return Problem.of(
        Rule.NO_CLASS_FILE,
        printable(path),
        printable(path),
        0,
        "the file is no class file: " + flaw);
  }

  /** Something that lies where a companion is to be. */
  static Problem inTheWay(EntryName entry) {
    return taken(entry, entry);
  }

  /** A file that can't be staged. */
  static Problem unwritable(Path target, IOException e) {
    return of(Rule.UNWRITABLE, target, target + " can't be written: " + reason(e));
  }

  /**
   * A file that can't be moved into place.
   *
   * @param changed files that can't be moved back
   */
  static Problem notMoved(@Nullable Path target, IOException e, List<Path> changed) {
    String what = target + " can't be replaced: " + reason(e);
    return of(
        Rule.UNWRITABLE,
        Objects.requireNonNull(target),
        changed.isEmpty()
            ? what
            : what
                + "; the others were put back, but for these, which are changed now: "
                + changed);
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

  private static Problem ofRuntime(Rule rule, String what) {
    return Problem.of(rule, "coweave-runtime", "coweave-runtime", 0, what);
  }

  /** A problem of a class, at its path if the class file doesn't tell its source. */
  static Problem placed(Problem p, String path) {
    return p.file() != null ? p : p.at(path);
  }

  private static Problem of(Rule rule, EntryName entry, String what) {
    return Problem.of(rule, entry.internalName().replace('/', '.'), entry.path(), 0, what);
  }

  private static Problem of(Rule rule, Path file, String what) {
    return Problem.of(rule, file.toString(), file.getFileName().toString(), 0, what);
  }
}
