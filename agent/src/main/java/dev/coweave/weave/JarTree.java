package dev.coweave.weave;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * The class files of a jar. Written, all its other entries stay as they are, in their order and with their times.
 *
 * @param problems files that only have the names of class files
 * @param obstacles why it can't be written
 */
record JarTree(
    Path root,
    SortedMap<EntryName, byte[]> classFiles,
    List<Problem> problems,
    List<Problem> obstacles)
    implements Tree {
  private static final Pattern SIGNATURE =
      Pattern.compile("META-INF/([^/]+\\.(SF|RSA|DSA|EC)|SIG-[^/]*)");

  static JarTree read(Path root) throws IOException {
    cleanBeside(root);
    TreeContents contents = new TreeContents();
    List<Problem> obstacles = new ArrayList<>();
    Set<String> names = new HashSet<>();
    String at = "";
    try (ZipFile zip = new ZipFile(root.toFile())) {
      for (ZipEntry entry : entries(zip)) {
        at = entry.getName();
        if (!names.add(at)) {
          obstacles.add(TreeProblems.twice(root, at));
        } else if (SIGNATURE.matcher(at.toUpperCase(Locale.ROOT)).matches()) {
          obstacles.add(TreeProblems.signed(root, at));
        } else if (at.endsWith(EntryName.SUFFIX)) {
          try (InputStream in = zip.getInputStream(entry)) {
            contents.add(at, entry.getSize(), in);
          }
        }
      }
    } catch (IOException e) {
      throw new UnusableFile(TreeProblems.unreadableJar(root, at, e), e);
    }
    if (!isZip(root)) {
      obstacles.add(TreeProblems.prefixed(root));
    }
    return new JarTree(root, contents.classFiles(), contents.problems(), obstacles);
  }

  private static void cleanBeside(Path root) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(root.getParent(), ".coweave-*")) {
      files.forEach(Leftovers::clean);
    } catch (IOException | DirectoryIteratorException e) {
      // A directory that can't be listed: the jar may be readable all the same.
    }
  }

  /** Whether a file begins as a jar with at least one entry does. */
  static boolean isZip(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] b = in.readNBytes(4);
      return b.length == 4 && b[0] == 'P' && b[1] == 'K' && b[2] == 3 && b[3] == 4;
    }
  }

  @Override
  public List<Problem> obstacles(Changes changes) {
    return obstacles;
  }

  @Override
  public void stage(Changes changes, Staging staging) throws UnusableFile {
    staging.write(root, out -> copy(changes, out));
  }

  private void copy(Changes changes, OutputStream out) throws IOException {
    try (ZipFile zip = new ZipFile(root.toFile());
        JarCopy copy = new JarCopy(zip, out)) {
      copy(zip, copy, changes);
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
        try (InputStream in = zip.getInputStream(entry)) {
          copy.put(entry, in);
        }
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
}
