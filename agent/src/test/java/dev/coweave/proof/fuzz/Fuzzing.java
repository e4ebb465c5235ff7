package dev.coweave.proof.fuzz;

import dev.coweave.proof.fuzz.Fuzzer.Difference;
import dev.coweave.weave.Compilers.CompilationFailed;
import dev.coweave.weave.Options;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The fuzzers, as tests call them; what they say is text, so that they can be called in a class loader of their own. */
public final class Fuzzing {
  private static final int SECONDS_TO_SHRINK = 120;

  /** ASM's verifier looks at one class of bytecode in so many; HotSpot's at all. */
  private static final int VERIFIED = 8;

  private Fuzzing() {}

  /**
   * Compares generated programs.
   *
   * @param seed of the first
   * @param methods how many methods they are to have
   * @return the first that differs, as small as it gets; or nothing
   */
  public static String programs(long seed, long methods) {
    Fuzzer fuzzer = new Fuzzer();
    List<Difference> found = fuzzer.run(seed, methods);
    System.out.println(fuzzer);
    if (found.isEmpty()) {
      return "";
    }
    Difference first = found.get(0);
    boolean compiles = !first.kind().equals(CompilationFailed.class.getSimpleName());
    Difference smallest = compiles ? new Shrinker(fuzzer, SECONDS_TO_SHRINK).shrink(first) : first;
    String others =
        found.stream()
            .skip(1)
            .map(d -> d.program().name + " " + d.kind() + "\n")
            .collect(Collectors.joining());
    String source =
        smallest
            .program()
            .source
            .toString()
            .lines()
            .filter(l -> !l.isBlank())
            .collect(Collectors.joining("\n"));
    return smallest.what() + "\n" + source + "\n" + others;
  }

  /**
   * Compares generated class files.
   *
   * @param seed of the first
   * @param classes how many
   * @return the first that differs, or nothing
   */
  public static String bytecode(long seed, int classes) throws ReflectiveOperationException {
    long suspensions = 0;
    for (long s = seed; s < seed + classes; s++) {
      String name = "B" + s;
      Map<String, byte[]> compiled =
          Map.of("fuzz/" + name, RandomBytecode.generate("fuzz/" + name, s));
      boolean verified = s % VERIFIED == 0;
      Programs woven = Programs.woven(compiled, Options.BUILD.withVerify(verified));
      if (verified) {
        woven.check();
      }
      Runs expected = new Runs(Programs.plain(compiled).loadClass("fuzz." + name), false);
      Runs actual = new Runs(woven.loadClass("fuzz." + name), true);
      List<String> e = expected.all(s);
      List<String> a = actual.all(s);
      suspensions += actual.suspensions;
      for (int i = 0; i < e.size(); i++) {
        if (!e.get(i).equals(a.get(i))) {
          return "seed " + s + "\nplain: " + e.get(i) + "\nwoven: " + a.get(i);
        }
      }
    }
    System.out.printf("%,d classes of bytecode, %,d suspensions%n", classes, suspensions);
    return suspensions > classes ? "" : "hardly anything waited";
  }
}
