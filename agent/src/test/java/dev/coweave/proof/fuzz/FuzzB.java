package dev.coweave.proof.fuzz;
import java.util.*;
public class FuzzB {
  public static void main(String[] a) throws Exception {
    long seed = Long.getLong("fuzz.seed", 1), n = Long.getLong("fuzz.classes", 100);
    Map<String,Integer> kinds = new TreeMap<>(); int bad = 0; long methods = 0, susp = 0;
    for (long s = seed; s < seed + n; s++) {
      String name = "B" + s;
      byte[] b = RandomBytecode.generate("fuzz/" + name, s);
      if (Boolean.getBoolean("fuzz.dump")) java.nio.file.Files.write(java.nio.file.Path.of("/tmp/" + name + ".class"), b);
      String what;
      try {
        Programs plain = Programs.plain(Map.of("fuzz/" + name, b));
        Runs e = new Runs(plain.loadClass("fuzz." + name), false);
        List<String> et; try { et = e.all(s); } catch (VerifyError x) { what = "INVALID " + x; throw new RuntimeException(what); }
        Programs woven = Programs.woven(Map.of("fuzz/" + name, b), dev.coweave.weave.Options.BUILD);
        woven.check();
        Runs w = new Runs(woven.loadClass("fuzz." + name), true);
        List<String> wt = w.all(s);
        methods += 6; susp += w.suspensions;
        what = null;
        for (int i = 0; i < et.size(); i++) if (!et.get(i).equals(wt.get(i))) { what = "differs\n" + et.get(i) + "\n" + wt.get(i); break; }
      } catch (Throwable t) { what = t.toString(); }
      if (what != null) { bad++; kinds.merge(what.lines().findFirst().get().replaceAll("[0-9]+", "#"), 1, Integer::sum); if (bad <= Integer.getInteger("fuzz.show", 1)) System.out.println(name + " " + what.substring(0, Math.min(2500, what.length()))); }
    }
    System.out.println(methods + " methods " + susp + " suspensions " + bad + " bad classes");
    kinds.forEach((k, v) -> System.out.println(v + " " + k));
  }
}
