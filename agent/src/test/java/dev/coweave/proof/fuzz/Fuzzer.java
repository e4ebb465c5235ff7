package dev.coweave.proof.fuzz;

import dev.coweave.weave.Options;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Compares programs as they were compiled with what the weaver makes of them. */
final class Fuzzer {
  private static final int BATCH = Integer.getInteger("fuzz.batch", 12);

  private final int feature = Runtime.version().feature();
  private final Compiler compiler =
      new Compiler("-g", "-nowarn", "-proc:none", "-Xdiags:compact", "-classpath", System.getProperty("java.class.path"));
  private final boolean asmVerifies;

  long methods;
  long suspensions;
  long classes;

  Fuzzer(boolean asmVerifies) {
    this.asmVerifies = asmVerifies;
  }

  /** A program that woven does something else, and what. */
  record Difference(Program program, String what) {
    /** The first line, without what differs from program to program. */
    String kind() {
      return what.lines().findFirst().orElse("");
    }
  }

  /** Makes programs until they have so many methods; gives those that differ. */
  List<Difference> run(long seed, long wanted) {
    List<Difference> result = new ArrayList<>();
    for (long s = seed; methods < wanted; s += BATCH) {
      Map<String, Program> batch = new TreeMap<>();
      for (int i = 0; i < BATCH; i++) {
        Program p = new Program(s + i, feature);
        batch.put(p.name, p);
      }
      batch(s, batch, result);
    }
    return result;
  }

  private void batch(long seed, Map<String, Program> batch, List<Difference> result) {
    Map<String, String> sources = new TreeMap<>();
    batch.forEach((name, p) -> sources.put("fuzz." + name, p.source.toString()));
    Map<String, byte[]> compiled;
    try {
      compiled = compiler.compile(sources);
    } catch (Compiler.CompilationFailed e) {
      if (batch.size() == 1) {
        result.add(new Difference(batch.values().iterator().next(), "doesn't compile\n" + e.getMessage()));
      } else {
        batch.forEach((name, p) -> batch(seed, Map.of(name, p), result));
      }
      return;
    }
    Programs plain = Programs.plain(compiled);
    Programs woven;
    try {
      woven = Programs.woven(compiled, options(seed));
      if (asmVerifies) {
        woven.check();
      }
    } catch (Programs.WeavingFailed e) {
      if (batch.size() == 1) {
        result.add(new Difference(batch.values().iterator().next(), "isn't woven\n" + e.getMessage()));
      } else {
        batch.forEach((name, p) -> batch(seed, Map.of(name, p), result));
      }
      return;
    }
    batch.forEach(
        (name, p) -> {
          String difference = compare(name, plain, woven, name.hashCode());
          methods += p.methods;
          if (difference != null) {
            result.add(new Difference(p, difference));
          }
        });
    classes += compiled.size();
  }

  private Options options(long seed) {
    return ((seed / BATCH) % 2 == 0 ? Options.BUILD : Options.AGENT).withVerify(asmVerifies);
  }

  private String compare(String name, Programs plain, Programs woven, long seed) {
    try {
      Runs expected = new Runs(plain.loadClass("fuzz." + name), false);
      Runs actual = new Runs(woven.loadClass("fuzz." + name), true);
      List<String> e = expected.all(seed);
      List<String> a = actual.all(seed);
      suspensions += actual.suspensions;
      for (int i = 0; i < e.size(); i++) {
        if (!e.get(i).equals(a.get(i))) {
          return "differs\nplain: " + e.get(i) + "\nwoven: " + a.get(i);
        }
      }
      return null;
    } catch (ReflectiveOperationException | LinkageError t) {
      return t.getClass().getSimpleName() + "\n" + t;
    }
  }

  /** What is wrong with a program as it is now; null if nothing, or if it doesn't compile. */
  Difference check(Program p) {
    List<Difference> result = new ArrayList<>();
    long seed = 0;
    batch(seed, Map.of(p.name, p), result);
    return result.isEmpty() || result.get(0).what().startsWith("doesn't compile") ? null : result.get(0);
  }
}
