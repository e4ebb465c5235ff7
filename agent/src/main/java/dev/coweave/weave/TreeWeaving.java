package dev.coweave.weave;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A tree woven in memory: which of its files are to change, and how.
 *
 * @param tree the directory or jar
 * @param classes how many classes were woven
 * @param methods how many coroutines they have
 * @param alreadyWoven how many had been woven before
 * @param changes the files to write, and those to remove
 * @param problems errors and warnings
 */
record TreeWeaving(
    Tree tree,
    int classes,
    int methods,
    int alreadyWoven,
    Changes changes,
    List<Problem> problems) {
  private record Outcome(EntryName entry, byte[] classFile, WeaveResult result) {
    boolean isWoven() {
      return result.classFile() != null && !result.failed();
    }

    boolean wasWoven() {
      return result.classFile() == null && Weaver.isStamped(classFile);
    }
  }

  /** Weaves a tree, on all cores, and writes nothing. */
  static TreeWeaving of(TreeFiles files) {
    Tree tree = files.tree();
    List<Outcome> outcomes = weave(files);
    List<Outcome> woven = outcomes.stream().filter(Outcome::isWoven).toList();
    List<Problem> problems = new ArrayList<>(tree.problems());
    outcomes.forEach(
        o ->
            o.result.problems().forEach(p -> problems.add(TreeProblems.placed(p, o.entry.path()))));
    SortedMap<EntryName, byte[]> written = new TreeMap<>();
    woven.forEach(o -> add(o, tree, written, problems));
    Changes changes = Changes.of(tree.classFiles(), written);
    if (changes.size() > 0) {
      problems.addAll(tree.obstacles(changes));
    }
    if (!woven.isEmpty()) {
      RuntimeCheck.problem(files.at(woven.get(0).entry)).ifPresent(problems::add);
    }
    return new TreeWeaving(
        tree,
        woven.size(),
        woven.stream().mapToInt(o -> o.result.methods()).sum(),
        (int) outcomes.stream().filter(Outcome::wasWoven).count(),
        changes,
        List.copyOf(problems));
  }

  /** Stages the changes. */
  void stage(Staging staging) throws UnusableFile {
    if (changes.size() > 0) {
      tree.stage(changes, staging);
    }
  }

  private static List<Outcome> weave(TreeFiles files) {
    // A weaver for each place, since a class of META-INF/versions/11 sees others than one of the
    // root.
    Map<String, Weaver> weavers = new ConcurrentHashMap<>();
    return files.tree().classFiles().entrySet().parallelStream()
        .filter(e -> !e.getKey().isDescription() && !CompanionMark.isOn(e.getValue()))
        .map(
            e -> {
              EntryName entry = e.getKey();
              Weaver weaver =
                  weavers.computeIfAbsent(
                      entry.prefix(), p -> new Weaver(files.at(entry), files.options()));
              return new Outcome(entry, e.getValue(), weaver.weave(e.getValue()));
            })
        .toList();
  }

  private static void add(
      Outcome o, Tree tree, SortedMap<EntryName, byte[]> written, List<Problem> problems) {
    String flaw = EntryName.flaw(o.entry.prefix() + o.entry.internalName());
    if (flaw != null) {
      problems.add(TreeProblems.improperName(o.entry, flaw));
      return;
    }
    written.put(o.entry, o.result.classFile());
    o.result
        .companions()
        .forEach(
            (name, bytes) -> {
              EntryName companion = o.entry.sibling(name);
              byte[] present = tree.classFiles().get(companion);
              if (present != null && !CompanionMark.isOn(present)) {
                problems.add(TreeProblems.taken(o.entry, companion));
              }
              written.put(
                  companion,
                  CompanionMark.on(bytes, Objects.requireNonNull(o.result.shapes().get(name))));
            });
  }
}
