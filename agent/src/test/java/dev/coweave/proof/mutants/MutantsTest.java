package dev.coweave.proof.mutants;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A slice of what {@code -Dcoweave.mutants=20000} runs in full. */
class MutantsTest {
  private static final int COUNT = Integer.getInteger("coweave.mutants", 1_000);
  private static final long SEED = Long.getLong("coweave.seed", 1);

  private static final List<String> PROGRAMS =
      List.of("Forwarders", "Generators", "Kinds", "Lambdas", "Pitfalls", "Shapes", "Tasks");

  private static Map<String, byte[]> programs() throws IOException {
    Map<String, byte[]> result = new TreeMap<>();
    for (String program : PROGRAMS) {
      String name = "dev/coweave/weave/programs/" + program;
      try (InputStream in =
          MutantsTest.class.getClassLoader().getResourceAsStream(name + ".class")) {
        result.put(name, in.readAllBytes());
      }
    }
    return result;
  }

  @Test
  void damagedClasses_areNeverCalledABug() throws IOException {
    Mutants mutants = new Mutants(programs());
    for (int i = 0; i < COUNT; i++) {
      mutants.weave(SEED + i);
    }
    System.out.println("mutants: " + mutants.outcomes());
    assertEquals("", mutants.wrong());
  }

  @Test
  void truncatedClasses_areNeverCalledABug() throws IOException {
    Map<String, byte[]> programs = programs();
    Mutants mutants = new Mutants(programs);
    int step = Math.max(1, 100_000 / COUNT);
    programs.forEach(
        (name, bytes) -> {
          for (int length = 0; length < bytes.length; length += step) {
            mutants.truncated(name, length);
          }
        });
    System.out.println("truncated: " + mutants.outcomes());
    assertEquals("", mutants.wrong());
  }

  /** Classes of the JDK, cut at ten places each; {@code -Dcoweave.mutants=20000} takes all, and cuts 200 of them at each length. */
  @Test
  void truncatedClassesOfTheJdk_areNeverCalledABug() throws IOException {
    boolean all = COUNT >= 20_000;
    Map<String, byte[]> classes = new TreeMap<>();
    Path packages = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("modules/java.base");
    try (Stream<Path> files = Files.walk(packages)) {
      for (Path file :
          files
              .filter(f -> f.toString().endsWith(".class"))
              .limit(all ? Long.MAX_VALUE : 200)
              .toList()) {
        classes.put(packages.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    Mutants mutants = new Mutants(classes);
    int whole = all ? 200 : 0; // of them
    for (Map.Entry<String, byte[]> c : classes.entrySet()) {
      int length = c.getValue().length;
      int cuts = whole-- > 0 ? length : 10;
      for (int i = 0; i < cuts; i++) {
        mutants.truncated(c.getKey(), (int) ((long) length * i / cuts));
      }
    }
    System.out.println("truncated classes of the JDK: " + mutants.outcomes());
    assertEquals("", mutants.wrong());
  }
}
