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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * The class files of the JVM's own loader, found as it finds classes and much faster than it finds resources: it makes a URL and a connection for each. The JVM asks
 * for supertypes next, so the jars that are opened here are those that the loader opens anyway; they stay open, as they do there, and the JDK reads a jar's directory
 * once for both. Thread-safe.
 */
final class JvmClassPath {
  private static final String VERSIONS = "META-INF/versions/";

  private final Map<File, Place> places = new ConcurrentHashMap<>();

  /** Where the loader looks, one after the other; none if there is no class path. */
  private final @Nullable Step first;

  /** Of these packages the loader has no class from the class path. */
  private final Set<String> packagesOfModules = packagesOfModules();

  /** Where the class came from that was defined last. */
  private volatile @Nullable Origin recent;

  /**
   * Where a class came from.
   *
   * @param module its place if that is a named module, whose packages are in no other place; else null
   */
  private record Origin(URL url, @Nullable Place module) {
    /** Not by {@link URL#equals}, which may ask for the addresses of hosts. */
    boolean isAt(URL other) {
      return url == other || url.toExternalForm().equals(other.toExternalForm());
    }
  }

  private JvmClassPath() {
    Step head = new Step(new Place(new File("")), null);
    Step last = head;
    for (String name : names()) {
      try {
        last = last.insert(place(new File(name).getCanonicalFile()));
      } catch (IOException e) {
        // nor does the loader find anything there
      }
    }
    first = head.next;
  }

  /** The class path, if a loader is the JDK's own that goes along it. */
  static @Nullable JvmClassPath of(ClassLoader loader) {
    return loader == ClassLoader.getSystemClassLoader()
            && loader.getClass().getModule() == Object.class.getModule()
        ? new JvmClassPath()
        : null;
  }

  /** Without a main module, an empty class path is the working directory. */
  private static String[] names() {
    String path = System.getProperty("java.class.path", "");
    return path.isEmpty() && System.getProperty("jdk.module.main") != null
        ? new String[0]
        : path.split(File.pathSeparator, -1);
  }

  private static Set<String> packagesOfModules() {
    Set<String> result = new HashSet<>();
    for (Module m : ModuleLayer.boot().modules()) {
      result.addAll(m.getPackages());
    }
    return result;
  }

  private Place place(File file) {
    return places.computeIfAbsent(file, Place::new);
  }

  /** A class is being defined. */
  void defining(URL from, boolean ofModule) {
    Origin known = recent;
    if (known == null || !known.isAt(from)) {
      recent = new Origin(from, ofModule ? placeOf(from) : null);
    }
  }

  private @Nullable Place placeOf(URL url) {
    try {
      return url.getProtocol().equals("file") ? place(new File(url.toURI())) : null;
    } catch (URISyntaxException | IllegalArgumentException e) {
      return null;
    }
  }

  /**
   * Finds a class file on the class path, or in the module of the class that was defined last.
   *
   * @param internalName such as {@code com/acme/Service}
   * @return its bytes; null if it isn't there, or if the loader may know another
   */
  byte @Nullable [] find(String internalName) {
    String file = internalName + ".class";
    Origin origin = recent;
    Place in = origin == null ? null : origin.module;
    try {
      return in != null ? in.find(file) : isInModule(internalName) ? null : findOnPath(file);
    } catch (IOException | IllegalStateException | SecurityException e) {
      return null; // whatever it is, the loader knows better
    }
  }

  private boolean isInModule(String internalName) {
    return packagesOfModules.contains(packageOf(internalName).replace('/', '.'));
  }

  private static String packageOf(String internalName) {
    return internalName.substring(0, Math.max(0, internalName.lastIndexOf('/')));
  }

  private byte @Nullable [] findOnPath(String file) throws IOException {
    for (Step s = first; s != null; s = s.next) {
      byte[] found = s.place.find(file);
      if (found != null || s.place.leadsElsewhere) {
        return found;
      }
      if (!s.place.named.isEmpty()) {
        lead(s);
      }
    }
    return null;
  }

  /**
   * Lets what a manifest names follow its jar, before what follows there ("JAR File Specification", Class-Path attribute): build tools and IDEs start a JVM by
   * such a jar where a command line would be too long. That a place is looked into again further on does no harm.
   */
  private synchronized void lead(Step step) {
    Step last = step;
    for (File named : step.place.named) {
      last = last.insert(place(named));
    }
    step.place.named = List.of();
  }

  /** A place on the path, which may be there more than once. */
  private static final class Step {
    final Place place;
    volatile @Nullable Step next;

    Step(Place place, @Nullable Step next) {
      this.place = place;
      this.next = next;
    }

    Step insert(Place behind) {
      return next = new Step(behind, next);
    }
  }

  /** A directory or a jar. */
  private static final class Place {
    private final File file;
    private final boolean isDirectory;

    // Written before it is open, or guarded by its path.
    private @Nullable JarFile jar;

    /** Whether the loader looks into places that aren't known here before it comes to what follows. */
    private boolean leadsElsewhere;

    private int entries;
    private volatile boolean isOpen;

    private final AtomicInteger vainQuestions = new AtomicInteger();

    /** The packages of its classes, once they are worth reading. */
    private volatile @Nullable Set<String> packages;

    /** The places that its manifest names, until they are on the path. */
    private volatile List<File> named = List.of();

    Place(File file) {
      this.file = file;
      this.isDirectory = file.isDirectory();
    }

    byte @Nullable [] find(String name) throws IOException {
      if (isDirectory) {
        Path path = file.toPath().resolve(name);
        return Files.isRegularFile(path) ? Files.readAllBytes(path) : null;
      }
      if (!isOpen) {
        open();
      }
      JarFile in = jar;
      Set<String> known = packages;
      if (in == null || (known != null && !known.contains(packageOf(name)))) {
        return null;
      }
      ZipEntry entry = in.getEntry(name);
      if (entry == null) {
        foundNothing(in);
      }
      return read(in, entry);
    }

    /**
     * Nearly all questions of a long class path are vain. When a jar was asked in vain as often as it has entries, they are read once: so
     * that costs no more than the questions did.
     */
    private void foundNothing(JarFile in) {
      if (vainQuestions.incrementAndGet() == entries) {
        packages = in.stream().map(Place::packageIn).collect(Collectors.toUnmodifiableSet());
      }
    }

    /** In jars of several releases, a class of a later one has its package behind a number ("JAR File Specification", Multi-release JAR Files). */
    private static String packageIn(ZipEntry entry) {
      String name = entry.getName();
      boolean ofRelease = name.startsWith(VERSIONS);
      int start = ofRelease ? name.indexOf('/', VERSIONS.length()) + 1 : 0;
      return packageOf(name.substring(start));
    }

    private synchronized void open() {
      if (isOpen) {
        return;
      }
      try {
        JarFile opened = new JarFile(file, false, ZipFile.OPEN_READ, JarFile.runtimeVersion());
        jar = opened;
        entries = opened.size();
        byte[] index = read(opened, opened.getEntry("META-INF/INDEX.LIST"));
        boolean namesOthers = namesOthers(opened);
        leadsElsewhere = index != null && (namesOthers || lists(index));
        named = namesOthers ? named(opened) : List.of();
      } catch (IOException e) {
        leadsElsewhere = jar != null;
      } catch (IllegalArgumentException | SecurityException e) {
        leadsElsewhere = true;
      }
      isOpen = true;
    }

    /** Whether an index names other jars that are there; up to JDK 21 the loader heeds it ("JAR File Specification", JAR Index). */
    private boolean lists(byte[] index) {
      return new String(index, StandardCharsets.UTF_8)
          .lines()
          .filter(line -> line.endsWith(".jar") && !line.equals(file.getName()))
          .anyMatch(jar -> new File(file.getParentFile(), jar).exists());
    }

    /** Not by {@link JarFile#getManifest}, which reads all of a signed one's entries. */
    private static boolean namesOthers(JarFile jar) throws IOException {
      byte[] manifest = read(jar, jar.getEntry(JarFile.MANIFEST_NAME));
      return manifest != null
          && new String(manifest, StandardCharsets.ISO_8859_1)
              .toLowerCase(Locale.ROOT)
              .contains("\nclass-path:");
    }

    /** Relative to the jar, not to where a link of its name leads. */
    private List<File> named(JarFile jar) throws IOException {
      String names = jar.getManifest().getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
      List<File> result = new ArrayList<>();
      for (String name : names == null ? new String[0] : names.strip().split("\\s+")) {
        File place = new File(file.toURI().resolve(name));
        if (place.isDirectory() == name.endsWith("/")) {
          result.add(place);
        }
      }
      return result;
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
