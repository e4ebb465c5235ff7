package dev.coweave.benchmarks.programs;

import java.io.IOException;
import java.io.InputStream;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import plain.Loaded0000;

/** How long classes without coroutines take to load: without an agent, with one that does nothing, and with ours. */
final class Loading {
  private static final int CLASSES = 8_000;
  private static final int ROUNDS = 5;
  private static final String EMPTY = "empty agent";

  private Loading() {}

  /** An agent that looks at no class. */
  static final class EmptyAgent {
    private EmptyAgent() {}

    /** Is called by the JVM. */
    public static void premain(String options, Instrumentation instrumentation) {
      instrumentation.addTransformer(
          new ClassFileTransformer() {
            @Override
            public byte[] transform(
                ClassLoader loader, String name, Class<?> c, ProtectionDomain d, byte[] bytes) {
              return null;
            }
          });
    }
  }

  /**
   * Loads them and prints how many milliseconds that took.
   *
   * @param args how many
   */
  public static void main(String[] args) throws ClassNotFoundException {
    int classes = Integer.parseInt(args[0]);
    long begin = System.nanoTime();
    for (int i = 1; i <= classes; i++) {
      Class.forName(name(i));
    }
    System.out.println((System.nanoTime() - begin) / 1e6);
  }

  private static String name(int number) {
    return String.format("%s%04d", Loaded0000.class.getName().replaceAll("\\d+$", ""), number);
  }

  static List<Measured> measured(Path directory, Path agent) throws IOException {
    Path classes = directory.resolve("classes.jar");
    write(classes, CLASSES);
    Path empty = directory.resolve("empty-agent.jar");
    writeEmptyAgent(empty);
    Measured load =
        new Measured(
            String.format("load %,d classes without coroutines: ms", CLASSES),
            Map.of(EMPTY, "≤ 1.05"));
    String path =
        classes + System.getProperty("path.separator") + System.getProperty("java.class.path");
    for (int round = 0; round < ROUNDS; round++) {
      least(load, Measured.OURS, path, "-javaagent:" + agent);
      least(load, EMPTY, path, "-javaagent:" + empty);
      least(load, "no agent", path, "-Dnone");
    }
    return List.of(load);
  }

  private static void least(Measured load, String way, String path, String option) {
    double ms = Child.run(List.of(option, "-cp", path), Loading.class, Integer.toString(CLASSES));
    load.ways().merge(way, ms, Math::min);
  }

  private static byte[] bytes(Class<?> c) throws IOException {
    try (InputStream in = c.getResourceAsStream("/" + file(c.getName()))) {
      return in.readAllBytes();
    }
  }

  private static String file(String className) {
    return className.replace('.', '/') + ".class";
  }

  /** Writes copies of a class, which differ in the digits of its name. */
  static void write(Path jar, int classes) throws IOException {
    byte[] bytes = bytes(Loaded0000.class);
    String content = new String(bytes, StandardCharsets.ISO_8859_1);
    String old = Loaded0000.class.getSimpleName();
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      for (int i = 1; i <= classes; i++) {
        String name = name(i);
        out.putNextEntry(new JarEntry(file(name)));
        String simple = name.substring(name.lastIndexOf('.') + 1);
        out.write(content.replace(old, simple).getBytes(StandardCharsets.ISO_8859_1));
      }
    }
  }

  private static void writeEmptyAgent(Path jar) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue("Premain-Class", EmptyAgent.class.getName());
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
      out.putNextEntry(new JarEntry(file(EmptyAgent.class.getName())));
      out.write(bytes(EmptyAgent.class));
    }
  }
}
