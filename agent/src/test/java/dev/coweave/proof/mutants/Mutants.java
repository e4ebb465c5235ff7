package dev.coweave.proof.mutants;

import dev.coweave.weave.ClassFiles;
import dev.coweave.weave.Options;
import dev.coweave.weave.Problem;
import dev.coweave.weave.WeaveResult;
import dev.coweave.weave.Weaver;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Damages class files and weaves them. Whatever the damage, the weaver answers: it weaves the class, leaves it, or says that the class
 * file is at fault; it never throws, and never calls what is wrong with its input a bug of its own.
 */
final class Mutants {
  private final Map<String, byte[]> originals;
  private final Map<String, Integer> outcomes = new TreeMap<>();
  private final StringBuilder wrong = new StringBuilder();

  /**
   * A campaign over some classes.
   *
   * @param originals by internal name
   */
  Mutants(Map<String, byte[]> originals) {
    this.originals = originals;
  }

  /** How often the weaver answered what. */
  Map<String, Integer> outcomes() {
    return outcomes;
  }

  /** Which mutants it took for a bug of its own, or threw at; empty if all is well. */
  String wrong() {
    return wrong.toString();
  }

  /**
   * Damages a class by a seed: one to four bytes, mostly near each other, as a flipped bit, a small number or any.
   *
   * @return a mutant of one of the classes
   */
  void weave(long seed) {
    Random random = new Random(seed);
    Object[] names = originals.keySet().toArray();
    String name = (String) names[random.nextInt(names.length)];
    byte[] mutant = originals.get(name).clone();
    int at = random.nextInt(mutant.length);
    for (int i = random.nextInt(4); i >= 0; i--) {
      int place = Math.min(mutant.length - 1, at + random.nextInt(8));
      mutant[place] =
          switch (random.nextInt(3)) {
            case 0 -> (byte) (mutant[place] ^ 1 << random.nextInt(8));
            case 1 -> (byte) random.nextInt(8);
            default -> (byte) random.nextInt();
          };
    }
    weave("seed " + seed + " of " + name, mutant);
  }

  /** Weaves the beginning of a class file. */
  void truncated(String name, int length) {
    weave(name + " cut at " + length, java.util.Arrays.copyOf(originals.get(name), length));
  }

  private void weave(String which, byte[] mutant) {
    try {
      WeaveResult result = new Weaver(files(), Options.AGENT).weave(mutant);
      String outcome = result.classFile() != null ? "woven" : result.failed() ? "refused" : "left";
      for (Problem p : result.problems()) {
        if (p.code().equals("COWEAVE-112")) {
          wrong.append(which).append(": ").append(p.what()).append('\n');
          outcome = "called a bug";
        }
      }
      outcomes.merge(outcome, 1, Integer::sum);
    } catch (Throwable t) {
      wrong.append(which).append(": threw ").append(t).append('\n');
      outcomes.merge("threw", 1, Integer::sum);
    }
  }

  private ClassFiles files() {
    return originals::get;
  }
}
