package dev.coweave.proof.corpus;
import java.nio.file.*;
import java.util.*;
public class CorpusMain {
  public static void main(String[] a) throws Exception {
    Map<String, byte[]> m;
    if (a[0].equals("jdk")) { m = Sources.module("java.base"); }
    else m = Sources.jars(Arrays.stream(a).map(Path::of).toList());
    Corpus c = new Corpus(m, n -> !a[0].equals("jdk") || a.length == 1 || n.startsWith("moved/" + a[1]));
    c.run();
    System.out.println(c);
    Map<String, List<String>> kinds = new TreeMap<>();
    c.failures.forEach(f -> kinds.computeIfAbsent(f.substring(f.indexOf(' ')).lines().findFirst().get().replaceAll("[0-9]+", "#").replaceAll("[\\w/$]+\\.[\\w/$.<>]+", "X"), k -> new ArrayList<>()).add(f));
    kinds.forEach((k, v) -> System.out.println(v.size() + " x " + v.get(0).lines().limit(Integer.getInteger("lines", 12)).reduce("", (x, y) -> x + "\n    " + y)));
  }
}
