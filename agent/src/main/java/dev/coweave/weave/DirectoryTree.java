package dev.coweave.weave;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A directory of class files. A link to a class file is replaced by the woven file; what it leads to stays as it is. */
record DirectoryTree(Path root, SortedMap<EntryName, byte[]> classFiles, List<Problem> problems)
    implements Tree {
  static DirectoryTree read(Path root) throws IOException {
    TreeContents contents = new TreeContents();
    for (Path file : filesBelow(root)) {
      Leftovers.clean(file);
      if (file.toString().endsWith(EntryName.SUFFIX) && Files.isRegularFile(file)) {
        try (InputStream in = Files.newInputStream(file)) {
          contents.add(pathOf(file, root), Files.size(file), in);
        } catch (IOException e) {
          throw new UnusableFile(TreeProblems.unreadable(file, TreeProblems.reason(e)), e);
        }
      }
    }
    return new DirectoryTree(root, contents.classFiles(), contents.problems());
  }

  private static List<Path> filesBelow(Path root) throws UnusableFile {
    try (Stream<Path> files = Files.walk(root)) {
      return files.filter(f -> !f.equals(root)).toList();
    } catch (IOException | UncheckedIOException e) {
      Exception cause =
          e instanceof UncheckedIOException u && u.getCause() != null ? u.getCause() : e;
      throw new UnusableFile(TreeProblems.unreadable(root, TreeProblems.reason(cause)), e);
    }
  }

  private static String pathOf(Path file, Path root) {
    return root.relativize(file).toString().replace(root.getFileSystem().getSeparator(), "/");
  }

  /** What lies where a new file is to be, and isn't a class file: a directory, or a file that differs in case. */
  @Override
  public List<Problem> obstacles(Changes changes) {
    List<Problem> result = new ArrayList<>();
    for (EntryName entry : changes.written().keySet()) {
      Path file = resolve(entry);
      if (file == null) {
        result.add(TreeProblems.improperName(entry, "this system has no such file name"));
      } else if (!classFiles.containsKey(entry) && Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        result.add(TreeProblems.inTheWay(entry));
      }
    }
    return result;
  }

  /** Companions before their owners, and removals last: if the machine stops in between, the next run finishes the work. */
  @Override
  public void stage(Changes changes, Staging staging) throws UnusableFile {
    stage(changes, staging, true);
    stage(changes, staging, false);
    for (EntryName entry : changes.removed()) {
      staging.remove(root.resolve(entry.path()));
    }
  }

  private void stage(Changes changes, Staging staging, boolean companions) throws UnusableFile {
    for (Map.Entry<EntryName, byte[]> e : changes.written().entrySet()) {
      if (CompanionMark.isOn(e.getValue()) == companions) {
        staging.write(root.resolve(e.getKey().path()), out -> out.write(e.getValue()));
      }
    }
  }

  /** The file below the root, or null if there can be none. */
  private @Nullable Path resolve(EntryName entry) {
    try {
      Path file = root.resolve(entry.path());
      return file.equals(file.normalize()) && file.startsWith(root) ? file : null;
    } catch (InvalidPathException e) {
      return null;
    }
  }
}
