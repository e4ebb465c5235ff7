package dev.coweave.weave.durable;

import dev.coweave.weave.bytecode.ClassInfos;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.Opcodes;

/** Which of the JDK's classes are enums: their constants are stored by name, as those of others are. No class is loaded to know. Thread-safe. */
final class JdkEnums {
  private static final Map<String, Boolean> KNOWN = new ConcurrentHashMap<>();

  private JdkEnums() {}

  /** Whether an internal name is that of an enum of the JDK on which the weaver runs. */
  static boolean contain(String name) {
    return ClassInfos.isJdk(name) && KNOWN.computeIfAbsent(name, JdkEnums::isEnum);
  }

  private static boolean isEnum(String name) {
    try (InputStream in = ClassLoader.getSystemResourceAsStream(name + ".class")) {
      return in != null && (new ClassReader(in).getAccess() & Opcodes.ACC_ENUM) != 0;
    } catch (IOException | IllegalArgumentException e) { // of a JDK that ASM doesn't know yet
      return false;
    }
  }
}
