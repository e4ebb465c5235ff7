package dev.coweave.weave;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A directory of class files. */
record DirectoryTree(Path root, SortedMap<EntryName, byte[]> classFiles) implements Tree {
  static DirectoryTree read(Path root) throws IOException {
    SortedMap<EntryName, byte[]> result = new TreeMap<>();
    for (Path file : classFilesBelow(root)) {
      byte[] bytes = Files.readAllBytes(file);
      String path =
          root.relativize(file).toString().replace(root.getFileSystem().getSeparator(), "/");
      result.put(EntryName.of(path, bytes), bytes);
    }
    return new DirectoryTree(root, result);
  }

  private static List<Path> classFilesBelow(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .filter(f -> f.toString().endsWith(EntryName.SUFFIX) && Files.isRegularFile(f))
          .toList();
    }
  }

  @Override
  public List<Problem> obstacles() {
    return List.of();
  }

  /** Companions before their owners, and removals last: if the machine stops in between, the next run finishes the work. */
  @Override
  public void write(Changes changes) throws IOException {
    write(changes, true);
    write(changes, false);
    for (EntryName entry : changes.removed()) {
      Files.deleteIfExists(root.resolve(entry.path()));
    }
  }

  private void write(Changes changes, boolean companions) throws IOException {
    for (Map.Entry<EntryName, byte[]> e : changes.written().entrySet()) {
      if (CompanionMark.isOn(e.getValue()) == companions) {
        AtomicFile.replace(root.resolve(e.getKey().path()), out -> out.write(e.getValue()));
      }
    }
  }
}
