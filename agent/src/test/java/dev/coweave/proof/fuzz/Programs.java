package dev.coweave.proof.fuzz;

import dev.coweave.weave.Options;
import dev.coweave.weave.Problem;
import dev.coweave.weave.WeaveResult;
import dev.coweave.weave.Weaver;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.util.CheckClassAdapter;

/** The classes of compiled programs, as they were compiled or woven. */
final class Programs extends ClassLoader {
  private static final Map<String, byte[]> RESOURCES =
      new java.util.concurrent.ConcurrentHashMap<>();
  private static final byte[] NONE = {};

  /** What means the words in the plain run. */
  private static final Map<String, String> PLAIN =
      Map.of(
          "dev/coweave/generator/Generator", "dev/coweave/proof/fuzz/PushGenerator",
          "dev/coweave/task/Task", "dev/coweave/proof/fuzz/PlainTask");

  private final Map<String, byte[]> classes;

  private Programs(Map<String, byte[]> classes) {
    super(Programs.class.getClassLoader());
    this.classes = classes;
  }

  /** What went wrong before anything ran. */
  static final class WeavingFailed extends RuntimeException {
    WeavingFailed(String message) {
      super(message);
    }
  }

  /** The programs as javac made them, but that words mean {@link PushGenerator}'s and {@link PlainTask}'s. */
  static Programs plain(Map<String, byte[]> compiled) {
    Map<String, byte[]> classes = new HashMap<>();
    compiled.forEach((name, bytes) -> classes.put(name, pushing(bytes)));
    return new Programs(classes);
  }

  /** The programs woven. */
  static Programs woven(Map<String, byte[]> compiled, Options options) {
    Weaver weaver =
        new Weaver(
            name -> compiled.containsKey(name) ? compiled.get(name) : resource(name), options);
    Map<String, byte[]> classes = new HashMap<>(compiled);
    compiled.forEach(
        (name, bytes) -> {
          WeaveResult result = weaver.weave(bytes);
          if (result.problems().stream().anyMatch(p -> p.severity() == Problem.Severity.ERROR)) {
            throw new WeavingFailed(result.problems().toString());
          }
          if (result.classFile() != null) {
            classes.put(name, result.classFile());
          }
          classes.putAll(result.companions());
        });
    return new Programs(classes);
  }

  /** Checks all classes by ASM's verifier, which loads what it needs from here. */
  void check() {
    classes.forEach(
        (name, bytes) -> {
          StringWriter errors = new StringWriter();
          CheckClassAdapter.verify(new ClassReader(bytes), this, false, new PrintWriter(errors));
          if (!errors.toString().isEmpty()) {
            throw new WeavingFailed(name + ": " + errors);
          }
        });
  }

  private static byte[] resource(String name) {
    byte[] bytes =
        RESOURCES.computeIfAbsent(
            name,
            n -> {
              try (InputStream in = ClassLoader.getSystemResourceAsStream(n + ".class")) {
                return in == null ? NONE : in.readAllBytes();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    return bytes == NONE ? null : bytes;
  }

  private static byte[] pushing(byte[] bytes) {
    ClassReader reader = new ClassReader(bytes);
    if (!refersTo(reader)) {
      return bytes;
    }
    ClassWriter writer = new ClassWriter(reader, 0);
    reader.accept(
        new ClassVisitor(Opcodes.ASM9, writer) {
          @Override
          public MethodVisitor visitMethod(
              int access, String name, String desc, String signature, String[] exceptions) {
            return new MethodVisitor(
                Opcodes.ASM9, super.visitMethod(access, name, desc, signature, exceptions)) {
              @Override
              public void visitMethodInsn(
                  int opcode, String owner, String called, String calledDesc, boolean itf) {
                super.visitMethodInsn(
                    opcode,
                    opcode == Opcodes.INVOKESTATIC ? PLAIN.getOrDefault(owner, owner) : owner,
                    called,
                    calledDesc,
                    itf);
              }
            };
          }
        },
        0);
    return writer.toByteArray();
  }

  private static boolean refersTo(ClassReader reader) {
    char[] buffer = new char[reader.getMaxStringLength()];
    for (int i = 1; i < reader.getItemCount(); i++) {
      int item = reader.getItem(i);
      // CONSTANT_Class (JVMS 4.4.1); the second slot of a long has no item.
      if (item != 0
          && reader.readByte(item - 1) == 7
          && PLAIN.containsKey(reader.readUTF8(item, buffer))) {
        return true;
      }
    }
    return false;
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    byte[] bytes = classes.get(name.replace('.', '/'));
    if (bytes == null) {
      throw new ClassNotFoundException(name);
    }
    return defineClass(name, bytes, 0, bytes.length);
  }
}
