package dev.coweave.architecture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.commons.ClassRemapper;
import org.objectweb.asm.commons.Remapper;
import org.objectweb.asm.tree.ClassNode;

/** Which package uses which, and which class, read from compiled classes. */
final class CompiledPackages {
  private final SortedMap<String, SortedSet<String>> arrows = new TreeMap<>();

  /** By class, who uses it. */
  private final SortedMap<String, SortedSet<String>> users = new TreeMap<>();

  /** By source file, which others of Coweave's it uses; each called by its outermost class. */
  private final SortedMap<String, SortedSet<String>> files = new TreeMap<>();

  private CompiledPackages() {}

  /**
   * The packages of the directory or jar that a class comes from, each with those that its classes refer to, itself apart.
   *
   * @param member a class of it
   */
  static SortedMap<String, SortedSet<String>> beside(Class<?> member) {
    return of(member).arrows;
  }

  /**
   * The classes of the directory or jar that a class comes from which refer to another.
   *
   * @param member a class of it
   * @param used the other
   */
  static SortedSet<String> usersBeside(Class<?> member, Class<?> used) {
    return of(member).users.getOrDefault(used.getName().replace('.', '/'), new TreeSet<>());
  }

  /**
   * The source files of the directory or jar that a class comes from, each with those that it uses; called by their outermost classes.
   *
   * @param member a class of it
   */
  static SortedMap<String, SortedSet<String>> filesBeside(Class<?> member) {
    return of(member).files;
  }

  private static CompiledPackages of(Class<?> member) {
    CompiledPackages packages = new CompiledPackages();
    try {
      Path location = Path.of(member.getProtectionDomain().getCodeSource().getLocation().toURI());
      if (Files.isDirectory(location)) {
        packages.readAll(location);
      } else {
        try (FileSystem jar =
            FileSystems.newFileSystem(URI.create("jar:" + location.toUri()), java.util.Map.of())) {
          packages.readAll(jar.getPath("/"));
        }
      }
    } catch (IOException | URISyntaxException e) {
      throw new IllegalStateException("can't read the classes beside " + member, e);
    }
    return packages;
  }

  private void readAll(Path root) throws IOException {
    List<Path> classFiles;
    try (Stream<Path> files = Files.walk(root)) {
      classFiles =
          files
              .filter(f -> f.toString().endsWith(".class") && !f.endsWith("module-info.class"))
              .toList();
    }
    classFiles.forEach(this::read);
  }

  private void read(Path classFile) {
    ClassReader reader;
    try {
      reader = new ClassReader(Files.readAllBytes(classFile));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String from = packageOf(reader.getClassName());
    SortedSet<String> to = arrows.computeIfAbsent(from, p -> new TreeSet<>());
    Remapper collector =
        new Remapper(Opcodes.ASM9) {
          @Override
          public String map(String internalName) {
            to.add(packageOf(internalName));
            addFile(reader.getClassName(), internalName);
            users
                .computeIfAbsent(internalName, n -> new TreeSet<>())
                .add(reader.getClassName().replace('/', '.'));
            return internalName;
          }
        };
    reader.accept(new ClassRemapper(new ClassNode(), collector), 0);
    to.remove(from);
  }

  private void addFile(String user, String used) {
    String from = fileOf(user);
    String to = fileOf(used);
    if (from.startsWith("dev.coweave.") && to.startsWith("dev.coweave.") && !from.equals(to)) {
      files.computeIfAbsent(from, f -> new TreeSet<>()).add(to);
    }
  }

  private static String fileOf(String internalName) {
    return internalName.replaceFirst("\\$.*", "").replace('/', '.');
  }

  private static String packageOf(String internalName) {
    int slash = internalName.lastIndexOf('/');
    return slash < 0 ? "" : internalName.substring(0, slash).replace('/', '.');
  }
}
