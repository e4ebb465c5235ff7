package dev.coweave.proof.fuzz;

import dev.coweave.weave.Compilers;
import dev.coweave.weave.Compilers.CompilationFailed;
import dev.coweave.weave.Options;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Compares programs as they were compiled with what the weaver makes of them. */
final class Fuzzer {
  /** How many programs are compiled at once: the more, the less often javac reads the JDK's classes. */
  private static final int BATCH = 24;

  /** How many methods a program has, about. */
  private static final int USUAL = 40;

  /** ASM's verifier takes longer than all the rest: it looks at one batch of so many; HotSpot's at all. */
  private static final int VERIFIED = 32;

  private final int feature = Runtime.version().feature();

  /** Batches take turns: with and without debug tables, strings joined by indy or, as older compilers do, by StringBuilder. */
  private final List<List<String>> options =
      List.of(with("-g"), with("-g", "-XDstringConcat=inline"), with("-g:none", "-parameters"));

  long methods;
  long suspensions;
  long classes;

  /** Programs that the compiler refuses: mistakes of the fuzzer, to be mended when they are more than a few. */
  private long uncompiled;

  /** Programs that the JVM refuses as they were compiled: mistakes of the compiler. */
  private long miscompiled;

  private final long[] nanos = new long[3];

  /** A program that does something else when it is woven, and what. */
  record Difference(Program program, long batch, String what) {
    /** What is the same while the program shrinks. */
    String kind() {
      return what.lines().findFirst().orElse("");
    }
  }

  /**
   * Makes and compares programs.
   *
   * @param seed of the first; the next one's is the next number
   * @param wanted how many methods they are to have
   * @return those that differ, up to ten
   */
  List<Difference> run(long seed, long wanted) {
    List<Difference> result = new ArrayList<>();
    long reported = 0;
    long size = Math.min(BATCH, wanted / USUAL + 1);
    for (long batch = 0; methods < wanted && result.size() < 10; batch++) {
      Map<String, Program> programs = new TreeMap<>();
      for (int i = 0; i < size; i++) {
        Program p = new Program(seed + batch * size + i, feature);
        programs.put(p.name, p);
      }
      int before = result.size();
      batch(batch, programs, result);
      result
          .subList(before, result.size())
          .forEach(d -> System.out.println(d.program().name + ": " + d.what()));
      if (methods - reported >= 10_000) {
        reported = methods;
        System.out.println(this);
      }
    }
    return result;
  }

  private void batch(long batch, Map<String, Program> programs, List<Difference> result) {
    Map<String, String> sources = new TreeMap<>();
    programs.forEach((name, p) -> sources.put("fuzz." + name, p.source.toString()));
    long start = cpu();
    Map<String, byte[]> compiled;
    Programs plain;
    Programs woven;
    try {
      compiled = Compilers.compile(sources, options.get((int) (batch % options.size())));
      start = spent(0, start);
      plain = Programs.plain(compiled);
      boolean verified = batch % VERIFIED == 0;
      woven =
          Programs.woven(
              compiled, batch % 2 == 0 ? Options.BUILD.withVerify(verified) : Options.AGENT);
      if (verified) {
        woven.check();
      }
      start = spent(1, start);
    } catch (CompilationFailed | Programs.WeavingFailed e) {
      if (programs.size() == 1) {
        if (e instanceof CompilationFailed && ++uncompiled * 500 < methods) {
          return;
        }
        result.add(
            new Difference(
                programs.values().iterator().next(),
                batch,
                e.getClass().getSimpleName() + "\n" + e.getMessage()));
      } else {
        programs.forEach((name, p) -> batch(batch, Map.of(name, p), result));
      }
      return;
    }
    programs.forEach(
        (name, p) -> {
          String difference = compare(p, plain, woven);
          if (difference != null) {
            result.add(new Difference(p, batch, difference));
          }
        });
    classes += compiled.size();
    spent(2, start);
  }

  private String compare(Program p, Programs plain, Programs woven) {
    String name = "fuzz." + p.name;
    long seed = p.name.hashCode();
    List<String> expected;
    try {
      expected = new Runs(plain.loadClass(name), false).all(seed);
    } catch (ReflectiveOperationException | LinkageError miscompilation) {
      miscompiled++;
      return null;
    }
    methods += p.methods;
    try {
      Runs actual = new Runs(woven.loadClass(name), true);
      List<String> a = actual.all(seed);
      suspensions += actual.suspensions;
      for (int i = 0; i < expected.size(); i++) {
        if (!expected.get(i).equals(a.get(i))) {
          return "the traces differ\nplain: " + expected.get(i) + "\nwoven: " + a.get(i);
        }
      }
      return null;
    } catch (ReflectiveOperationException | LinkageError wrong) {
      return wrong.getClass().getSimpleName() + "\n" + wrong;
    }
  }

  /** What is wrong with a program as it is now; null if nothing is, or if it doesn't compile any more. */
  Difference check(Difference found) {
    List<Difference> result = new ArrayList<>();
    batch(found.batch, Map.of(found.program.name, found.program), result);
    return result.isEmpty() || !result.get(0).kind().equals(found.kind()) ? null : result.get(0);
  }

  private static List<String> with(String... options) {
    List<String> all = new ArrayList<>(List.of(options));
    all.addAll(
        List.of("-nowarn", "-proc:none", "-classpath", System.getProperty("java.class.path")));
    return all;
  }

  private static long cpu() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private long spent(int phase, long since) {
    long now = cpu();
    nanos[phase] += now - since;
    return now;
  }

  @Override
  public String toString() {
    return String.format(
        "%,d methods in %,d classes, %,d suspensions%s; CPU time: compiler %.1f s, weaver %.1f s, loading and running %.1f s",
        methods,
        classes,
        suspensions,
        miscompiled == 0 ? "" : "; " + miscompiled + " programs don't verify as compiled",
        nanos[0] / 1e9,
        nanos[1] / 1e9,
        nanos[2] / 1e9);
  }
}
