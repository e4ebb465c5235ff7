package dev.coweave.agent;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * The places that the JVM's own class path names. A supertype is mostly beside its subclass, in the same directory or jar, and found there much faster than by
 * the loader, which makes a URL and a connection for each. The jars stay open, as they do in that loader.
 */
final class Neighbourhood {
  private final Map<String, JarFile> jars = new ConcurrentHashMap<>();

  /** A directory or a jar; no file if it is neither. */
  private record Place(URL url, @Nullable File file, boolean isDirectory) {
    static Place of(URL url) {
      try {
        File file = url.getProtocol().equals("file") ? new File(url.toURI()) : null;
        return new Place(url, file, file != null && file.isDirectory());
      } catch (URISyntaxException | IllegalArgumentException e) {
        return new Place(url, null, false);
      }
    }

    /** Not by {@link URL#equals}, which may ask for the addresses of hosts. */
    boolean isAt(URL other) {
      return url == other || url.toExternalForm().equals(other.toExternalForm());
    }
  }

  /** Where the class came from that was defined last. */
  private volatile @Nullable Place recent;

  /** A class is being defined. */
  void defining(URL url) {
    Place known = recent;
    if (known == null || !known.isAt(url)) {
      recent = Place.of(url);
    }
  }

  /**
   * Finds a class file beside the class that was defined last.
   *
   * @param internalName such as {@code com/acme/Service}
   * @return its bytes; null if it isn't there
   */
  byte @Nullable [] find(String internalName) {
    Place place = recent;
    File file = place == null ? null : place.file;
    if (place == null || file == null) {
      return null;
    }
    String name = internalName + ".class";
    try {
      return place.isDirectory ? in(file.toPath().resolve(name)) : in(open(file), name);
    } catch (IOException | IllegalStateException | SecurityException e) {
      return null; // whatever it is, the loader knows better
    }
  }

  private static byte @Nullable [] in(Path file) throws IOException {
    return Files.isRegularFile(file) ? Files.readAllBytes(file) : null;
  }

  private static byte @Nullable [] in(JarFile jar, String name) throws IOException {
    ZipEntry entry = jar.getEntry(name);
    if (entry == null) {
      return null;
    }
    try (InputStream in = jar.getInputStream(entry)) {
      return in.readAllBytes();
    }
  }

  private JarFile open(File file) throws IOException {
    JarFile known = jars.get(file.getPath());
    if (known != null) {
      return known;
    }
    JarFile opened = new JarFile(file, false, ZipFile.OPEN_READ, JarFile.runtimeVersion());
    JarFile other = jars.putIfAbsent(file.getPath(), opened);
    if (other == null) {
      return opened;
    }
    opened.close();
    return other;
  }
}
