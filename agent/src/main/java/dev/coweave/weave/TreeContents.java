package dev.coweave.weave;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.Opcodes;

/**
 * The class files of a tree as they are read. A file that only has the name of one is left alone, and told: build directories
 * have such, and one shouldn't keep the others from being woven. If it may be a broken coroutine it is kept, for the weaver to refuse.
 */
final class TreeContents {
  private static final byte[] MAGIC = {(byte) 0xca, (byte) 0xfe, (byte) 0xba, (byte) 0xbe};

  /** The length of the part that precedes the constants, and where the low byte of the version stands in it (JVMS 4.1). */
  private static final int HEADER = 10;

  private static final int MAJOR = 7;

  private static final String OURS = "dev/coweave/";

  private final SortedMap<EntryName, byte[]> classFiles = new TreeMap<>();
  private final List<Problem> problems = new ArrayList<>();

  /** The class files. */
  SortedMap<EntryName, byte[]> classFiles() {
    return classFiles;
  }

  /** A warning for each file that is none. */
  List<Problem> problems() {
    return problems;
  }

  /**
   * Adds a file.
   *
   * @param path in the tree
   * @param size in bytes, or -1
   * @param in its contents, which are read no further than they have to be
   */
  void add(String path, long size, InputStream in) throws IOException {
    byte[] start = in.readNBytes(MAGIC.length);
    String flaw =
        start.length == 0
            ? "it is empty"
            : !Arrays.equals(start, MAGIC)
                ? "it doesn't begin with 0xCAFEBABE (JVMS 4.1)"
                : size >= Integer.MAX_VALUE ? "it has " + size + " bytes" : null;
    if (flaw == null) {
      byte[] bytes = join(start, WholeFile.read(in));
      flaw = flawIn(bytes);
      if (flaw == null || mentionsUs(bytes)) {
        classFiles.put(EntryName.of(path, bytes), bytes);
        return;
      }
    }
    problems.add(TreeProblems.noClassFile(path, flaw));
  }

  private static byte[] join(byte[] start, byte[] rest) {
    byte[] all = Arrays.copyOf(start, start.length + rest.length);
    System.arraycopy(rest, 0, all, start.length, rest.length);
    return all;
  }

  /** Whether the bytes contain the name of a package of the runtime, wherever that is. */
  private static boolean mentionsUs(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1).contains(OURS);
  }

  /** Why the constant pool can't be read, or null. A newer Java is no flaw: its classes are left alone, or refused by the weaver. */
  private static @Nullable String flawIn(byte[] bytes) {
    if (bytes.length < HEADER) {
      return "it is cut off";
    }
    byte version = bytes[MAJOR];
    try {
      bytes[MAJOR] = Opcodes.V17;
      return new ClassReader(bytes).getClassName() == null ? "it has no name" : null;
    } catch (RuntimeException e) {
      return "it is damaged, or cut off (" + e + ")";
    } finally {
      bytes[MAJOR] = version;
    }
  }
}
