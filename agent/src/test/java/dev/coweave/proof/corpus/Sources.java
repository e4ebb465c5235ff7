package dev.coweave.proof.corpus;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.commons.ClassRemapper;
import org.objectweb.asm.commons.Remapper;

/** Where the classes of a corpus come from. */
final class Sources {
  private Sources() {}

  /**
   * The classes of a JDK module in packages of another name, for the weaver asks no class of the JDK, and no loader but its own
   * may define one. Types that the JVM knows by name keep theirs, and are not woven.
   *
   * @param module such as {@code java.base}
   */
  static Map<String, byte[]> module(String module) throws IOException {
    Map<String, byte[]> result = new HashMap<>();
    Path root = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("modules", module);
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        String path = root.relativize(file).toString();
        if (path.endsWith(".class")
            && !path.equals("module-info.class")
            && !keepsName(path.replace(".class", ""))) {
          byte[] moved = moved(Files.readAllBytes(file));
          result.put(new ClassReader(moved).getClassName(), moved);
        }
      }
    }
    return result;
  }

  private static byte[] moved(byte[] bytes) {
    ClassWriter writer = new ClassWriter(0);
    Remapper remapper =
        new Remapper(Opcodes.ASM9) {
          @Override
          public String map(String name) {
            return keepsName(name) ? name : "moved/" + name;
          }
        };
    ClassVisitor unsealed =
        new ClassVisitor(Opcodes.ASM9, writer) {
          @Override
          public void visitPermittedSubclass(String permitted) {
            // Outside a named module these would have to be in one package.
          }
        };
    new ClassReader(bytes).accept(new ClassRemapper(unsealed, remapper), 0);
    return writer.toByteArray();
  }

  /** What the verifier gives to constants, arrays, handlers and call sites. */
  private static boolean keepsName(String name) {
    return switch (name) {
      case "java/lang/Object",
          "java/lang/String",
          "java/lang/Class",
          "java/lang/Throwable",
          "java/lang/Cloneable",
          "java/io/Serializable" ->
          true;
      default -> name.startsWith("java/lang/invoke/") || !isJdk(name);
    };
  }

  private static boolean isJdk(String name) {
    return name.startsWith("java/")
        || name.startsWith("javax/")
        || name.startsWith("jdk/")
        || name.startsWith("sun/")
        || name.startsWith("com/sun/");
  }

  /** The classes of jars; of a class that is in several, the first. Versions for newer JDKs are left out. */
  static Map<String, byte[]> jars(List<Path> jars) throws IOException {
    Map<String, byte[]> result = new HashMap<>();
    for (Path jar : jars) {
      try (JarFile file = new JarFile(jar.toFile())) {
        for (Enumeration<JarEntry> entries = file.entries(); entries.hasMoreElements(); ) {
          JarEntry entry = entries.nextElement();
          String path = entry.getName();
          if (path.endsWith(".class")
              && !path.startsWith("META-INF/")
              && !path.endsWith("module-info.class")) {
            byte[] bytes = file.getInputStream(entry).readAllBytes();
            result.putIfAbsent(path.substring(0, path.length() - 6), bytes);
          }
        }
      }
    }
    return result;
  }
}
