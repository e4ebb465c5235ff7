package dev.coweave.proof.fuzz;
public class Fuzz {
  public static void main(String[] a) {
    Fuzzer f = new Fuzzer(Boolean.getBoolean("fuzz.asm"));
    long t0 = System.nanoTime();
    var d = f.run(Long.getLong("fuzz.seed", 1), Long.getLong("fuzz.methods", 1000));
    double s = (System.nanoTime() - t0) / 1e9;
    System.out.println(f.methods + " methods, " + f.classes + " classes, " + f.suspensions + " suspensions, " + d.size() + " differ, " + s + " s, " + f.methods / s + "/s");
    java.util.Map<String,Integer> kinds = new java.util.TreeMap<>();
    d.forEach(x -> kinds.merge(x.kind() + " | " + x.what().lines().skip(1).findFirst().orElse("").replaceAll("[0-9]+","#").substring(0, Math.min(150, x.what().lines().skip(1).findFirst().orElse("").replaceAll("[0-9]+","#").length())), 1, Integer::sum));
    kinds.entrySet().stream().sorted((x,y)->y.getValue()-x.getValue()).limit(30).forEach(System.out::println);
    int max = Integer.getInteger("fuzz.shrink", 1);
    for (var x : d.subList(0, Math.min(max, d.size()))) {
      var small = x.kind().startsWith("doesn't compile") ? x : new Shrinker(f, Integer.getInteger("fuzz.seconds", 100)).shrink(x);
      System.out.println(small.what());
      if (!x.kind().startsWith("doesn't compile")) System.out.println(small.program().source.toString().lines().filter(l -> !l.isBlank()).collect(java.util.stream.Collectors.joining("\n")));
    }
  }
}
