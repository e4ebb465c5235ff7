package dev.coweave.weave;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/** A directory or a jar of class files, read into memory. */
sealed interface Tree permits DirectoryTree, JarTree {
  /** The directory or the jar. */
  Path root();

  /** All class files, by path. */
  SortedMap<EntryName, byte[]> classFiles();

  /** Warnings of files that are none. */
  List<Problem> problems();

  /**
   * Why its files can't be changed so; empty if they can.
   *
   * @param changes at least one
   */
  List<Problem> obstacles(Changes changes);

  /**
   * Stages the files that change.
   *
   * @param changes at least one
   */
  void stage(Changes changes, Staging staging) throws UnusableFile;

  /** Reads trees, each once, however often it is named. */
  static List<Tree> openAll(List<Path> roots) throws IOException {
    Map<Path, Tree> trees = new LinkedHashMap<>();
    for (Path root : roots) {
      // The real path, so that a link to a jar is still one when the jar has been replaced.
      Path real = root.toRealPath();
      if (!trees.containsKey(real)) {
        trees.put(real, Files.isDirectory(real) ? DirectoryTree.read(real) : JarTree.read(real));
      }
    }
    return List.copyOf(trees.values());
  }
}
