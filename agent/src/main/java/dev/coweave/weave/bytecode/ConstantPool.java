package dev.coweave.weave.bytecode;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.objectweb.asm.ClassReader;

/** Looks for texts in a class file's constant pool without parsing it: what makes a class without coroutines cost next to nothing. */
public final class ConstantPool {
  private ConstantPool() {}

  /**
   * Whether one of the CONSTANT_Utf8 entries (JVMS 4.4.7) is one of the given ASCII texts.
   *
   * @param classFile a class file; of a corrupt one the answer is true, so that a full parse says what is wrong
   * @param texts whole entries
   */
  public static boolean contains(byte[] classFile, List<String> texts) {
    return contains(classFile, texts, false);
  }

  /**
   * Whether one of the CONSTANT_Utf8 entries begins with one of the given ASCII texts.
   *
   * @param classFile a class file; of a corrupt one the answer is true
   * @param prefixes what the entry begins with
   */
  public static boolean containsPrefix(byte[] classFile, List<String> prefixes) {
    return contains(classFile, prefixes, true);
  }

  private static boolean contains(byte[] classFile, List<String> texts, boolean prefixes) {
    byte[][] wanted = new byte[texts.size()][];
    for (int i = 0; i < wanted.length; i++) {
      wanted[i] = texts.get(i).getBytes(StandardCharsets.US_ASCII);
    }
    try {
      int count = u2(classFile, 8);
      int at = 10;
      for (int i = 1; i < count; i++) {
        int tag = classFile[at];
        switch (tag) {
          case 1 -> {
            int length = u2(classFile, at + 1);
            for (byte[] text : wanted) {
              if ((prefixes ? text.length <= length : text.length == length)
                  && Arrays.equals(text, 0, text.length, classFile, at + 3, at + 3 + text.length)) {
                return true;
              }
            }
            at += 3 + length;
          }
          case 5, 6 -> {
            at += 9;
            i++;
          }
          case 7, 8, 16, 19, 20 -> at += 3;
          case 15 -> at += 4;
          case 3, 4, 9, 10, 11, 12, 17, 18 -> at += 5;
          default -> {
            return true;
          }
        }
      }
      return false;
    } catch (IndexOutOfBoundsException e) {
      return true;
    }
  }

  /**
   * The descriptors of a class file's {@code invokedynamic} instructions (CONSTANT_InvokeDynamic, JVMS 4.4.10): their return types
   * are the functional interfaces of its lambdas.
   *
   * @param reader a class file
   */
  public static Set<String> dynamicDescriptors(ClassReader reader) {
    Set<String> result = new HashSet<>();
    char[] buffer = new char[reader.getMaxStringLength()];
    for (int i = 1; i < reader.getItemCount(); i++) {
      int at = reader.getItem(i);
      if (at > 0 && reader.readByte(at - 1) == 18) {
        result.add(reader.readUTF8(reader.getItem(reader.readUnsignedShort(at + 2)) + 2, buffer));
      }
    }
    return result;
  }

  /** The classes that a class file names (CONSTANT_Class, JVMS 4.4.1), arrays included. */
  public static Set<String> classes(ClassReader reader) {
    Set<String> result = new HashSet<>();
    char[] buffer = new char[reader.getMaxStringLength()];
    for (int i = 1; i < reader.getItemCount(); i++) {
      int at = reader.getItem(i);
      if (at > 0 && reader.readByte(at - 1) == 7) {
        result.add(reader.readUTF8(at, buffer));
      }
    }
    return result;
  }

  private static int u2(byte[] b, int at) {
    return (b[at] & 0xff) << 8 | (b[at + 1] & 0xff);
  }
}
