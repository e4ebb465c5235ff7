package dev.coweave.weave;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Weaves directories and jars, all or none: everything is woven in memory first, and written only if no class of any of them has
 * an error. What is woven already is left untouched, so a second run writes nothing. Thread-safe, for builds in parallel.
 */
public final class TreeWeaver {
  private final List<Path> classPath;
  private final ClassFiles others;
  private final Options options;

  /**
   * A weaver of trees.
   *
   * @param classPath directories and jars that the classes were compiled against, the runtime among them; the trees themselves
   *     and the JDK need not be, and what doesn't exist is skipped
   * @param options what to weave, and how
   */
  public TreeWeaver(List<Path> classPath, Options options) {
    this(List.copyOf(classPath), name -> null, options);
  }

  /**
   * A weaver of trees within a compiler, which finds class files by its own means.
   *
   * @param others what the classes were compiled against; it is asked by several threads
   * @param options what to weave, and how
   */
  public TreeWeaver(ClassFiles others, Options options) {
    this(List.of(), others, options);
  }

  private TreeWeaver(List<Path> classPath, ClassFiles others, Options options) {
    this.classPath = classPath;
    this.others = others;
    this.options = options;
  }

  /**
   * Weaves trees in place.
   *
   * @param roots directories and jars
   * @return what became of them; if it {@linkplain TreeResult#failed failed}, nothing was written, but for files that its problems
   *     name
   * @throws IOException if there is no such tree
   */
  public TreeResult weave(List<Path> roots) throws IOException {
    try {
      List<TreeWeaving> weavings = new ArrayList<>();
      TreeResult result = weave(roots, weavings);
      if (!result.failed()) {
        write(weavings);
      }
      return result;
    } catch (UnusableFile e) {
      return TreeResult.failed(e.problem(), e.changed());
    }
  }

  private TreeResult weave(List<Path> roots, List<TreeWeaving> weavings) throws IOException {
    List<Tree> trees = Tree.openAll(roots);
    try (ClassPath files = new ClassPath(classPath, others)) {
      Set<Problem> problems = ConcurrentHashMap.newKeySet();
      for (Tree tree : trees) {
        weavings.add(TreeWeaving.of(new TreeFiles(tree, trees, files, options, problems)));
      }
      problems.addAll(files.problems());
      return TreeResult.of(weavings, problems);
    }
  }

  /** Closed files only are replaced: Windows would refuse, and a jar may be on the class path too. */
  private static void write(List<TreeWeaving> weavings) throws UnusableFile {
    try (Staging staging = new Staging()) {
      for (TreeWeaving weaving : weavings) {
        weaving.stage(staging);
      }
      staging.commit();
    }
  }
}
