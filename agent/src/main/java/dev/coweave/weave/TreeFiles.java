package dev.coweave.weave;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The class files that the classes of a tree see: those of the tree, those of the trees that are woven together with it, the class
 * path.
 *
 * @param tree the tree
 * @param trees all that are woven together
 * @param classPath what else there is
 * @param options says which classes of the trees are woven
 * @param problems takes what is wrong with class files that others refer to
 */
record TreeFiles(
    Tree tree, List<Tree> trees, ClassPath classPath, Options options, Set<Problem> problems) {
  /** The class files that a class at a certain place of the tree sees. */
  ClassFiles at(EntryName place) {
    List<String> prefixes = place.prefixes();
    return new ClassFiles() {
      @Override
      public byte @Nullable [] find(String internalName) {
        byte[] found = inTrees(internalName, prefixes);
        return found != null ? found : classPath.find(internalName);
      }

      @Override
      public boolean isWovenAlong(String internalName) {
        // What has no file anywhere is being made by the weaver just now: the class of a lambda.
        return options.selects(internalName)
            && (inTrees(internalName, prefixes) != null || classPath.find(internalName) == null);
      }

      @Override
      public boolean isWhole() {
        return true;
      }

      @Override
      public void unreadable(String internalName, String reason) {
        if (inTrees(internalName, prefixes) == null) {
          classPath.unreadable(internalName, reason);
        } else {
          problems.add(
              TreeProblems.unreadable(tree.root(), internalName + EntryName.SUFFIX, reason));
        }
      }
    };
  }

  private byte @Nullable [] inTrees(String internalName, List<String> prefixes) {
    return Stream.concat(Stream.of(tree), trees.stream())
        .map(t -> find(t, internalName, prefixes))
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  private static byte @Nullable [] find(Tree tree, String internalName, List<String> prefixes) {
    for (String prefix : prefixes) {
      byte[] bytes = tree.classFiles().get(new EntryName(prefix, internalName));
      if (bytes != null) {
        return bytes;
      }
    }
    return null;
  }
}
