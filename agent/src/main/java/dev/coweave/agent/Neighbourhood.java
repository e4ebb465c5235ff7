package dev.coweave.agent;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * The places that the JVM's own class path names. A supertype is mostly beside its subclass, in the same directory or jar, or before it, and found there much
 * faster than by the loader, which makes a URL and a connection for each. What stands further ahead on the class path wins, as it does for the loader.
 * The jars stay open, as they do there.
 */
final class Neighbourhood {
  private final Map<File, Element> elements = new ConcurrentHashMap<>();
  private final List<Element> classPath = classPath();

  /** Of these packages the loader has no class from the class path. */
  private final Set<String> packagesOfModules = packagesOfModules();

  /**
   * Where a class came from.
   *
   * @param element a directory or a jar; null if it is neither
   * @param module whether it is of a named module, whose packages are in no other place
   */
  private record Place(URL url, @Nullable Element element, boolean module) {
    /** Not by {@link URL#equals}, which may ask for the addresses of hosts. */
    boolean isAt(URL other) {
      return url == other || url.toExternalForm().equals(other.toExternalForm());
    }
  }

  /** Where the class came from that was defined last. */
  private volatile @Nullable Place recent;

  /** A class is being defined. */
  void defining(URL url, boolean ofModule) {
    Place known = recent;
    if (known == null || !known.isAt(url)) {
      recent = new Place(url, elementAt(url), ofModule);
    }
  }

  private @Nullable Element elementAt(URL url) {
    try {
      return url.getProtocol().equals("file") ? element(new File(url.toURI())) : null;
    } catch (URISyntaxException | IllegalArgumentException e) {
      return null;
    }
  }

  private Element element(File file) {
    return elements.computeIfAbsent(file, Element::new);
  }

  /** The names are real paths, as those are that the loader makes of them. */
  private List<Element> classPath() {
    List<Element> result = new ArrayList<>();
    for (String name : System.getProperty("java.class.path", "").split(File.pathSeparator, -1)) {
      try {
        result.add(element(new File(name).getCanonicalFile()));
      } catch (IOException e) {
        // nor does the loader find anything there
      }
    }
    return result;
  }

  private static Set<String> packagesOfModules() {
    Set<String> result = new HashSet<>();
    for (Module m : ModuleLayer.boot().modules()) {
      result.addAll(m.getPackages());
    }
    return result;
  }

  /**
   * Finds a class file beside the class that was defined last, or further ahead on the class path.
   *
   * @param internalName such as {@code com/acme/Service}
   * @return its bytes; null if it isn't there, or if the loader may know another
   */
  byte @Nullable [] find(String internalName) {
    Place place = recent;
    Element element = place == null ? null : place.element;
    if (place == null || element == null) {
      return null;
    }
    try {
      String file = internalName + ".class";
      return place.module
          ? element.find(file)
          : isInModule(internalName) ? null : upTo(element, file);
    } catch (IOException | IllegalStateException | SecurityException e) {
      return null; // whatever it is, the loader knows better
    }
  }

  private boolean isInModule(String internalName) {
    int end = internalName.lastIndexOf('/');
    return end > 0 && packagesOfModules.contains(internalName.substring(0, end).replace('/', '.'));
  }

  private byte @Nullable [] upTo(Element last, String file) throws IOException {
    if (!classPath.contains(last)) {
      return null; // a manifest named it, or somebody added it
    }
    for (Element e : classPath) {
      byte[] found = e.find(file);
      if (found != null || e == last || e.leadsElsewhere()) {
        return found;
      }
    }
    return null;
  }

  /** A directory or a jar. */
  private static final class Element {
    private final File file;
    private final boolean isDirectory;
    private @Nullable JarFile jar;
    private boolean leadsElsewhere;
    private boolean isOpen;

    Element(File file) {
      this.file = file;
      this.isDirectory = file.isDirectory();
    }

    byte @Nullable [] find(String name) throws IOException {
      if (isDirectory) {
        Path path = file.toPath().resolve(name);
        return Files.isRegularFile(path) ? Files.readAllBytes(path) : null;
      }
      JarFile in = open();
      return in == null ? null : read(in, in.getEntry(name));
    }

    /** Whether the loader looks into other jars before it comes to what follows on the class path. */
    boolean leadsElsewhere() {
      return !isDirectory && open() != null && leadsElsewhere;
    }

    /** Its jar; null if it is none. */
    private synchronized @Nullable JarFile open() {
      if (!isOpen) {
        isOpen = true;
        try {
          JarFile opened = new JarFile(file, false, ZipFile.OPEN_READ, JarFile.runtimeVersion());
          jar = opened;
          leadsElsewhere =
              opened.getEntry("META-INF/INDEX.LIST") != null || hasClassPathInManifest(opened);
        } catch (IOException | SecurityException e) {
          leadsElsewhere = jar != null;
        }
      }
      return jar;
    }

    /** Not by {@link JarFile#getManifest}, which reads all of a signed one's entries. */
    private static boolean hasClassPathInManifest(JarFile jar) throws IOException {
      byte[] manifest = read(jar, jar.getEntry(JarFile.MANIFEST_NAME));
      return manifest != null
          && new String(manifest, StandardCharsets.ISO_8859_1)
              .toLowerCase(Locale.ROOT)
              .contains("\nclass-path:");
    }

    private static byte @Nullable [] read(JarFile jar, @Nullable ZipEntry entry)
        throws IOException {
      if (entry == null) {
        return null;
      }
      try (InputStream in = jar.getInputStream(entry)) {
        return in.readAllBytes();
      }
    }
  }
}
