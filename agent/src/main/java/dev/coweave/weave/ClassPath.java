package dev.coweave.weave;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * The class files of directories and jars, the first of a name. Of a multi-release jar the root is read: the versions of a class have
 * the same public methods. Thread-safe.
 */
public final class ClassPath implements ClassFiles, AutoCloseable {
  private interface Reader {
    byte @Nullable [] read(String file) throws IOException;
  }

  private record Entry(Path path, Reader reader) {}

  private final List<Entry> entries = new ArrayList<>();
  private final List<ZipFile> jars = new ArrayList<>();
  private final ClassFiles others;
  private final Set<Problem> problems = ConcurrentHashMap.newKeySet();

  /**
   * Opens a class path.
   *
   * @param paths directories and jars; others are skipped, as javac and the JVM do, but for a jar that can't be read: that is among
   *     the {@link #problems}
   * @param others asked for what isn't there
   */
  public ClassPath(List<Path> paths, ClassFiles others) {
    this.others = others;
    paths.forEach(this::open);
  }

  private void open(Path path) {
    if (Files.isDirectory(path)) {
      entries.add(new Entry(path, name -> read(path, name)));
    } else if (Files.isRegularFile(path)) {
      try {
        ZipFile jar = new ZipFile(path.toFile());
        jars.add(jar);
        entries.add(new Entry(path, name -> read(jar, name)));
      } catch (IOException e) {
        if (isNamedAsJar(path)) {
          problems.add(TreeProblems.unreadable(path, TreeProblems.reason(e)));
        }
      }
    }
  }

  /** A build's class path may have files of other sorts too. */
  private static boolean isNamedAsJar(Path path) {
    String name = path.toString();
    return name.endsWith(".jar") || name.endsWith(".zip");
  }

  /** What could not be read so far. */
  Set<Problem> problems() {
    return problems;
  }

  @Override
  public byte @Nullable [] find(String internalName) {
    for (Entry entry : entries) {
      byte[] bytes = find(entry, internalName + EntryName.SUFFIX);
      if (bytes != null) {
        return bytes;
      }
    }
    return others.find(internalName);
  }

  private byte @Nullable [] find(Entry entry, String file) {
    try {
      return entry.reader.read(file);
    } catch (IOException e) {
      problems.add(TreeProblems.unreadable(entry.path, file, TreeProblems.reason(e)));
      return null;
    }
  }

  /** A class file that was found turned out to be none. */
  @Override
  public void unreadable(String internalName, String reason) {
    String file = internalName + EntryName.SUFFIX;
    entries.stream()
        .filter(e -> find(e, file) != null)
        .findFirst()
        .ifPresent(e -> problems.add(TreeProblems.unreadable(e.path, file, reason)));
  }

  private static byte @Nullable [] read(Path directory, String name) throws IOException {
    try {
      Path file = directory.resolve(name);
      return Files.isRegularFile(file) ? WholeFile.read(file) : null;
    } catch (InvalidPathException e) {
      return null; // a class may have a name that no file of this system can have
    }
  }

  private static byte @Nullable [] read(ZipFile jar, String name) throws IOException {
    ZipEntry entry = jar.getEntry(name);
    if (entry == null || entry.isDirectory()) {
      return null;
    }
    try (InputStream in = jar.getInputStream(entry)) {
      return WholeFile.read(in);
    }
  }

  @Override
  public void close() throws IOException {
    for (ZipFile jar : jars) {
      jar.close();
    }
  }
}
