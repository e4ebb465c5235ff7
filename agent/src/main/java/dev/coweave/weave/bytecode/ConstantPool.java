package dev.coweave.weave.bytecode;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A class file's constant pool (JVMS 4.4), and the names that follow it: those of the class and of its direct supertypes. Read in one pass and without a
 * parser, so that a class without coroutines costs next to nothing: nearly all classes that are loaded need no more.
 */
public final class ConstantPool {
  private static final int UTF8 = 1;
  private static final int CLASS = 7;
  private static final int METHOD = 10;
  private static final int INTERFACE_METHOD = 11;
  private static final int NAME_AND_TYPE = 12;
  private static final int INVOKE_DYNAMIC = 18;

  private final byte[] file;

  /** Where the tag of each entry is; 0 for the unused half of a long or double. */
  private final int[] entries;

  /** Where the class's access flags are, the first after the entries. */
  private final int end;

  private ConstantPool(byte[] file, int[] entries, int end) {
    this.file = file;
    this.entries = entries;
    this.end = end;
  }

  /**
   * Reads a class file as far as its entries go.
   *
   * @param classFile a class file, which isn't copied
   * @return null if it is corrupt, so that a full parse can say what is wrong
   */
  public static @Nullable ConstantPool of(byte[] classFile) {
    try {
      int[] entries = new int[u2(classFile, 8)];
      int at = 10;
      for (int i = 1; i < entries.length; i++) {
        entries[i] = at;
        switch (classFile[at]) {
          case UTF8 -> at += 3 + u2(classFile, at + 1);
          case 3, 4, 9, METHOD, INTERFACE_METHOD, NAME_AND_TYPE, 17, INVOKE_DYNAMIC -> at += 5;
          case 5, 6 -> {
            at += 9;
            i++;
          }
          case CLASS, 8, 16, 19, 20 -> at += 3;
          case 15 -> at += 4;
          default -> {
            return null;
          }
        }
      }
      return at > classFile.length ? null : new ConstantPool(classFile, entries, at);
    } catch (IndexOutOfBoundsException e) {
      return null;
    }
  }

  /**
   * Whether one of a class file's CONSTANT_Utf8 entries (JVMS 4.4.7) is one of the given ASCII texts.
   *
   * @param classFile a class file; of a corrupt one the answer is true
   * @param texts whole entries
   */
  public static boolean contains(byte[] classFile, List<String> texts) {
    ConstantPool pool = of(classFile);
    return pool == null || pool.contains(ascii(texts));
  }

  /** Texts as {@link #contains(byte[][])} and {@link #containsPrefix} take them. */
  public static byte[][] ascii(List<String> texts) {
    byte[][] bytes = new byte[texts.size()][];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = texts.get(i).getBytes(StandardCharsets.US_ASCII);
    }
    return bytes;
  }

  /** Whether one of the CONSTANT_Utf8 entries is one of some texts. */
  public boolean contains(byte[][] texts) {
    return find(texts, false);
  }

  /** Whether one of the CONSTANT_Utf8 entries begins with one of some texts. */
  public boolean containsPrefix(byte[][] prefixes) {
    return find(prefixes, true);
  }

  private boolean find(byte[][] texts, boolean prefixes) {
    for (int at : entries) {
      if (at > 0 && file[at] == UTF8) {
        int length = u2(file, at + 1);
        for (byte[] text : texts) {
          int n = text.length;
          if ((prefixes ? n <= length : n == length)
              && file[at + 3] == text[0]
              && file[at + 2 + n] == text[n - 1]
              && Arrays.equals(text, 0, n, file, at + 3, at + 3 + n)) {
            return true;
          }
        }
      }
    }
    return false;
  }

  /** The internal name of the class. */
  public String className() {
    return name(end + 2);
  }

  /** The internal name of the superclass; null if there is none. */
  public @Nullable String superName() {
    return u2(file, end + 4) == 0 ? null : name(end + 4);
  }

  /** The internal names of the direct interfaces. */
  public List<String> interfaces() {
    int count = u2(file, end + 6);
    if (count == 0) {
      return List.of();
    }
    List<String> result = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      result.add(name(end + 8 + 2 * i));
    }
    return result;
  }

  /** The internal names of the classes that it names (CONSTANT_Class, JVMS 4.4.1), the descriptors of arrays included. */
  public List<String> classes() {
    List<String> result = new ArrayList<>();
    for (int at : entries) {
      if (at > 0 && file[at] == CLASS) {
        int text = u2(file, at + 1);
        if (isA(text, UTF8)) {
          result.add(utf8(text));
        }
      }
    }
    return result;
  }

  /** The internal names of what its {@code invokedynamic} instructions return (JVMS 4.4.10): of the functional interfaces of its lambdas, and of other types. */
  public List<String> dynamicTypes() {
    List<String> result = new ArrayList<>();
    for (int at : entries) {
      if (at > 0 && file[at] == INVOKE_DYNAMIC) {
        String descriptor = descriptor(u2(file, at + 3));
        int type = descriptor.indexOf(')') + 1;
        if (descriptor.startsWith("L", type) && descriptor.endsWith(";")) {
          result.add(descriptor.substring(type + 1, descriptor.length() - 1));
        }
      }
    }
    return result;
  }

  /**
   * The internal names of the classes of whose methods it names one that returns one of some types (CONSTANT_Methodref, JVMS 4.4.2).
   *
   * @param returns what the descriptors of such methods end with, as {@link #ascii} makes it
   */
  public List<String> ownersOfMethods(byte[][] returns) {
    List<String> result = new ArrayList<>();
    for (int at : entries) {
      if (at > 0
          && (file[at] == METHOD || file[at] == INTERFACE_METHOD)
          && endsWith(u2(file, at + 3), returns)) {
        result.add(name(at + 1));
      }
    }
    return result;
  }

  /** Whether the descriptor in a CONSTANT_NameAndType entry ends with one of some texts. */
  private boolean endsWith(int entry, byte[][] texts) {
    int text = isA(entry, NAME_AND_TYPE) ? u2(file, entries[entry] + 3) : 0;
    if (!isA(text, UTF8)) {
      return false;
    }
    int start = entries[text] + 3;
    int end = start + u2(file, entries[text] + 1);
    for (byte[] t : texts) {
      if (t.length <= end - start && Arrays.equals(t, 0, t.length, file, end - t.length, end)) {
        return true;
      }
    }
    return false;
  }

  /** The descriptor in a CONSTANT_NameAndType entry; empty where it is damaged, which nobody need notice: no code may use it. */
  private String descriptor(int entry) {
    int text = isA(entry, NAME_AND_TYPE) ? u2(file, entries[entry] + 3) : 0;
    return isA(text, UTF8) ? utf8(text) : "";
  }

  private boolean isA(int entry, int tag) {
    return entry > 0 && entry < entries.length && entries[entry] > 0 && file[entries[entry]] == tag;
  }

  /** The name in a CONSTANT_Class entry that is referred to; empty where that is damaged. */
  private String name(int reference) {
    int entry = u2(file, reference);
    int text = isA(entry, CLASS) ? u2(file, entries[entry] + 1) : 0;
    return isA(text, UTF8) ? utf8(text) : "";
  }

  private String utf8(int entry) {
    int at = entries[entry] + 1;
    int length = u2(file, at);
    for (int i = at + 2; i < at + 2 + length; i++) {
      if (file[i] < 0) {
        return modifiedUtf8(at, length);
      }
    }
    return new String(file, at + 2, length, StandardCharsets.ISO_8859_1);
  }

  /** As lenient as ASM, which reads the class after this: what isn't modified UTF-8 (JVMS 4.4.7) the JVM refuses. */
  private String modifiedUtf8(int at, int length) {
    StringBuilder text = new StringBuilder(length);
    int end = at + 2 + length;
    for (int i = at + 2; i < end; ) {
      int b = file[i++];
      if (b >= 0) {
        text.append((char) b);
      } else if ((b & 0xe0) == 0xc0 && i < end) {
        text.append((char) ((b & 0x1f) << 6 | file[i++] & 0x3f));
      } else if (i + 1 < end) {
        text.append((char) ((b & 0xf) << 12 | (file[i++] & 0x3f) << 6 | file[i++] & 0x3f));
      } else {
        text.append('\ufffd'); // cut off
      }
    }
    return text.toString();
  }

  private static int u2(byte[] b, int at) {
    return (b[at] & 0xff) << 8 | (b[at + 1] & 0xff);
  }
}
