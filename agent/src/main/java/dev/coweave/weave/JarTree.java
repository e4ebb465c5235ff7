package dev.coweave.weave;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * The class files of a jar. Written, all its other entries stay as they are, in their order and with their times.
 *
 * @param signature the entry that holds the jar's signature, or null
 */
record JarTree(Path root, SortedMap<EntryName, byte[]> classFiles, @Nullable String signature)
    implements Tree {
  private static final Pattern SIGNATURE = Pattern.compile("META-INF/[^/]+\\.(SF|RSA|DSA|EC)");

  static JarTree read(Path root) throws IOException {
    SortedMap<EntryName, byte[]> classFiles = new TreeMap<>();
    String signature = null;
    try (ZipFile zip = new ZipFile(root.toFile())) {
      for (ZipEntry entry : entries(zip)) {
        if (SIGNATURE.matcher(entry.getName().toUpperCase(Locale.ROOT)).matches()) {
          signature = entry.getName();
        } else if (entry.getName().endsWith(EntryName.SUFFIX)) {
          byte[] bytes = bytes(zip, entry);
          classFiles.put(EntryName.of(entry.getName(), bytes), bytes);
        }
      }
    } catch (ZipException e) {
      throw new IOException(root + " is no jar that can be read: " + e.getMessage(), e);
    }
    return new JarTree(root, classFiles, signature);
  }

  /** Whether a file begins as a jar with at least one entry does. */
  static boolean isZip(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] b = in.readNBytes(4);
      return b.length == 4 && b[0] == 'P' && b[1] == 'K' && b[2] == 3 && b[3] == 4;
    }
  }

  @Override
  public List<Problem> obstacles() throws IOException {
    List<Problem> result = new ArrayList<>();
    if (signature != null) {
      result.add(TreeProblems.signed(root, signature));
    }
    if (!isZip(root)) {
      result.add(TreeProblems.prefixed(root));
    }
    return result;
  }

  @Override
  public void write(Changes changes) throws IOException {
    try (ZipFile zip = new ZipFile(root.toFile())) {
      AtomicFile.replace(
          root,
          out -> {
            try (JarCopy copy = new JarCopy(zip, out)) {
              copy(zip, copy, changes);
            }
          });
    }
  }

  private void copy(ZipFile zip, JarCopy copy, Changes changes) throws IOException {
    Map<String, EntryName> names = new HashMap<>();
    classFiles.keySet().forEach(n -> names.put(n.path(), n));
    Map<EntryName, byte[]> added = new TreeMap<>(changes.written());
    added.keySet().removeAll(classFiles.keySet());
    ZipEntry last = null;
    for (ZipEntry entry : entries(zip)) {
      EntryName name = names.get(entry.getName());
      byte[] woven = name == null ? null : changes.written().get(name);
      if (woven != null) {
        copy.put(entry, woven);
        last = entry;
      } else if (name == null || !changes.removed().contains(name)) {
        copy.put(entry, bytes(zip, entry));
      }
    }
    for (Map.Entry<EntryName, byte[]> e : added.entrySet()) {
      copy.add(e.getKey().path(), last, e.getValue());
    }
  }

  private static List<ZipEntry> entries(ZipFile zip) {
    List<ZipEntry> result = new ArrayList<>();
    zip.stream().forEach(result::add);
    return result;
  }

  private static byte[] bytes(ZipFile zip, ZipEntry entry) throws IOException {
    try (InputStream in = zip.getInputStream(entry)) {
      return in.readAllBytes();
    }
  }
}
