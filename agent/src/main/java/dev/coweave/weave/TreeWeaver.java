package dev.coweave.weave;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Weaves directories and jars, all or none: everything is woven in memory first, and written only if no class of any of them has
 * an error. What is woven already is left untouched, so a second run writes nothing. Thread-safe, for builds in parallel.
 */
public final class TreeWeaver {
  private final List<Path> classPath;
  private final Options options;

  /**
   * A weaver of trees.
   *
   * @param classPath directories and jars that the classes were compiled against, the runtime among them; the trees themselves
   *     and the JDK need not be, and what doesn't exist is skipped
   * @param options what to weave, and how
   */
  public TreeWeaver(List<Path> classPath, Options options) {
    this.classPath = List.copyOf(classPath);
    this.options = options;
  }

  /**
   * Weaves trees in place.
   *
   * @param roots directories and jars
   * @return what became of them; if it {@linkplain TreeResult#failed failed}, nothing was written
   * @throws IOException if a tree can't be read or written
   */
  public TreeResult weave(List<Path> roots) throws IOException {
    List<TreeWeaving> weavings = new ArrayList<>();
    try (ClassPath files = new ClassPath(classPath)) {
      List<Tree> trees = Tree.openAll(roots);
      for (Tree tree : trees) {
        weavings.add(TreeWeaving.of(new TreeFiles(tree, trees, files, options)));
      }
    }
    TreeResult result = TreeResult.of(weavings);
    if (!result.failed()) {
      for (TreeWeaving weaving : weavings) {
        weaving.write();
      }
    }
    return result;
  }
}
