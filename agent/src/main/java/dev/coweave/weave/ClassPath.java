package dev.coweave.weave;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * The class files of directories and jars, the first of a name. Of a multi-release jar the root is read: the versions of a class have
 * the same public methods. Thread-safe.
 */
final class ClassPath implements ClassFiles, AutoCloseable {
  private final List<ClassFiles> entries = new ArrayList<>();
  private final List<ZipFile> jars = new ArrayList<>();

  /**
   * Opens a class path.
   *
   * @param paths directories and jars; others are skipped, as javac and the JVM do
   */
  ClassPath(List<Path> paths) throws IOException {
    try {
      for (Path path : paths) {
        open(path);
      }
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  private void open(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      entries.add(name -> read(path.resolve(name + EntryName.SUFFIX)));
    } else if (Files.isRegularFile(path) && JarTree.isZip(path)) {
      ZipFile jar = new ZipFile(path.toFile());
      jars.add(jar);
      entries.add(name -> read(jar, name + EntryName.SUFFIX));
    }
  }

  @Override
  public byte @Nullable [] find(String internalName) {
    for (ClassFiles entry : entries) {
      byte[] bytes = entry.find(internalName);
      if (bytes != null) {
        return bytes;
      }
    }
    return null;
  }

  private static byte @Nullable [] read(Path file) {
    try {
      return Files.isRegularFile(file) ? Files.readAllBytes(file) : null;
    } catch (IOException e) {
      throw new UncheckedIOException("can't read " + file, e);
    }
  }

  private static byte @Nullable [] read(ZipFile jar, String path) {
    ZipEntry entry = jar.getEntry(path);
    if (entry == null) {
      return null;
    }
    try (InputStream in = jar.getInputStream(entry)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("can't read " + path + " of " + jar.getName(), e);
    }
  }

  @Override
  public void close() throws IOException {
    for (ZipFile jar : jars) {
      jar.close();
    }
  }
}
