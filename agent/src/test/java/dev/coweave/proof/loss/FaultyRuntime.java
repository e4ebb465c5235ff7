package dev.coweave.proof.loss;

import dev.coweave.weave.Options;
import dev.coweave.weave.WeaveResult;
import dev.coweave.weave.Weaver;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Loads the runtime so that each of its allocations and each of its methods' beginnings calls the {@link Injector}; and a program, woven. What was made of a
 * class once is used again: each of these loaders makes a runtime that has run nothing yet, out of the same bytes.
 */
final class FaultyRuntime extends ClassLoader {
  private static final Map<String, byte[]> MADE = new ConcurrentHashMap<>();
  private static final Weaver WEAVER = new Weaver(FaultyRuntime::bytes, Options.BUILD);
  private static final Set<Integer> ARRAYS =
      Set.of(Opcodes.NEWARRAY, Opcodes.ANEWARRAY, Opcodes.MULTIANEWARRAY);

  private final String program;

  FaultyRuntime(Class<?> program) {
    super(FaultyRuntime.class.getClassLoader());
    this.program = program.getName();
  }

  private static byte[] bytes(String internalName) {
    try (InputStream in =
        FaultyRuntime.class.getClassLoader().getResourceAsStream(internalName + ".class")) {
      return in == null ? null : in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isRuntime(String name) {
    return name.startsWith("dev.coweave.coroutine.")
        || name.startsWith("dev.coweave.task.")
        || name.startsWith("dev.coweave.sync.")
        || name.startsWith("dev.coweave.loop.")
        || name.startsWith("dev.coweave.generator.")
        || name.startsWith("dev.coweave.flow.")
        || name.startsWith("dev.coweave.wait.")
        || name.startsWith("dev.coweave.Coroutine");
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    synchronized (getClassLoadingLock(name)) {
      if (!isRuntime(name) && !name.startsWith(program)) {
        return super.loadClass(name, resolve);
      }
      Class<?> loaded = findLoadedClass(name);
      if (loaded != null) {
        return loaded;
      }
      byte[] bytes = made(name);
      return defineClass(name, bytes, 0, bytes.length);
    }
  }

  private static byte[] made(String name) {
    byte[] known = MADE.get(name);
    if (known == null) {
      known = isRuntime(name) ? instrumented(name) : woven(name);
      MADE.put(name, known);
    }
    return known;
  }

  private static byte[] woven(String name) {
    byte[] plain = bytes(name.replace('.', '/'));
    WeaveResult result = WEAVER.weave(plain);
    if (result.failed()) {
      throw new AssertionError(result.problems().toString());
    }
    result.companions().forEach((n, b) -> MADE.put(n.replace('/', '.'), b));
    return result.classFile() == null ? plain : result.classFile();
  }

  private static byte[] instrumented(String name) {
    byte[] bytes = bytes(name.replace('.', '/'));
    if (bytes == null) {
      throw new AssertionError("Preload names a class that isn't there: " + name);
    }
    ClassReader in = new ClassReader(bytes);
    ClassWriter out = new ClassWriter(in, ClassWriter.COMPUTE_MAXS);
    in.accept(
        new ClassVisitor(Opcodes.ASM9, out) {
          @Override
          public MethodVisitor visitMethod(
              int access, String method, String desc, String signature, String[] exceptions) {
            MethodVisitor to = super.visitMethod(access, method, desc, signature, exceptions);
            return new Sites(to, name.substring(name.lastIndexOf('.') + 1) + "." + method + desc);
          }
        },
        0);
    return out.toByteArray();
  }

  /** Adds the calls. */
  private static final class Sites extends MethodVisitor {
    private final String method;
    private int allocations;

    Sites(MethodVisitor to, String method) {
      super(Opcodes.ASM9, to);
      this.method = method;
    }

    private void site(String what) {
      super.visitLdcInsn(Injector.id(method + " " + what));
      super.visitMethodInsn(
          Opcodes.INVOKESTATIC, Injector.class.getName().replace('.', '/'), "hit", "(I)V", false);
    }

    private void allocation() {
      site("allocation " + allocations++);
    }

    @Override
    public void visitCode() {
      super.visitCode();
      site("entry");
    }

    @Override
    public void visitTypeInsn(int opcode, String type) {
      if (ARRAYS.contains(opcode)) {
        allocation();
      }
      super.visitTypeInsn(opcode, type);
      if (opcode == Opcodes.NEW) {
        allocation(); // after it, for stack maps name uninitialised objects by the place of their
        // NEW
      }
    }

    @Override
    public void visitIntInsn(int opcode, int operand) {
      if (ARRAYS.contains(opcode)) {
        allocation();
      }
      super.visitIntInsn(opcode, operand);
    }

    @Override
    public void visitMultiANewArrayInsn(String desc, int dimensions) {
      allocation();
      super.visitMultiANewArrayInsn(desc, dimensions);
    }

    @Override
    public void visitInvokeDynamicInsn(
        String name, String desc, org.objectweb.asm.Handle bootstrap, Object... arguments) {
      allocation();
      super.visitInvokeDynamicInsn(name, desc, bootstrap, arguments);
    }
  }
}
