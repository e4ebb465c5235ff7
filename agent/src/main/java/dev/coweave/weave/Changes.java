package dev.coweave.weave;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What is to change in a tree.
 *
 * @param written class files that are new or other than before
 * @param removed companions that no class uses any more
 */
record Changes(SortedMap<EntryName, byte[]> written, SortedSet<EntryName> removed) {
  /**
   * The difference between a tree and its woven form.
   *
   * @param before all class files of the tree
   * @param woven the classes that were woven now, and their companions
   */
  static Changes of(SortedMap<EntryName, byte[]> before, SortedMap<EntryName, byte[]> woven) {
    SortedMap<EntryName, byte[]> after = new TreeMap<>(before);
    after.putAll(woven);
    SortedSet<EntryName> removed = unused(after);
    SortedMap<EntryName, byte[]> written = new TreeMap<>(woven);
    written.entrySet().removeIf(e -> Arrays.equals(e.getValue(), before.get(e.getKey())));
    written.keySet().removeAll(removed);
    return new Changes(written, removed);
  }

  /** How many files change. */
  int size() {
    return written.size() + removed.size();
  }

  /** The companions that no class refers to: what is left of a class that was removed, or that was compiled anew. */
  private static SortedSet<EntryName> unused(SortedMap<EntryName, byte[]> classFiles) {
    Map<EntryName, byte[]> companions = new HashMap<>(classFiles);
    companions.values().removeIf(c -> !CompanionMark.isOn(c));
    Set<String> used = new HashSet<>();
    if (!companions.isEmpty()) {
      classFiles.forEach(
          (entry, bytes) -> {
            if (!companions.containsKey(entry)) {
              References.addTo(used, bytes);
            }
          });
    }
    SortedSet<EntryName> unused = new TreeSet<>(companions.keySet());
    // A companion may be used by another one only, hence the rounds.
    while (unused.removeIf(e -> use(e, classFiles, used))) {}
    return unused;
  }

  private static boolean use(EntryName entry, Map<EntryName, byte[]> classFiles, Set<String> used) {
    if (!used.contains(entry.internalName())) {
      return false;
    }
    References.addTo(used, Objects.requireNonNull(classFiles.get(entry)));
    return true;
  }
}
