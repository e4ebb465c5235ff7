package dev.coweave.proof.loss;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Loads the runtime and its sockets so that each of their allocations and each of their methods' beginnings calls the {@link Injector}; and the programs,
 * as they are. What was made of a class once is used again: each of these loaders makes a runtime that has run nothing yet, out of the same bytes.
 */
final class FaultyRuntime extends ClassLoader {
  private static final Map<String, byte[]> MADE = new ConcurrentHashMap<>();
  private static final Set<Integer> ARRAYS =
      Set.of(Opcodes.NEWARRAY, Opcodes.ANEWARRAY, Opcodes.MULTIANEWARRAY);

  private static final String SOCKETS = "dev.coweave.io.";

  /** The programs, and the simulated network that some of them use, in which nothing fails. */
  private static final Pattern PROGRAM =
      Pattern.compile(
          Pattern.quote(FaultyRuntime.class.getPackageName())
              + "[.]\\w*Workload\\b.*|dev[.]coweave[.]junit[.].*");

  FaultyRuntime() {
    super(FaultyRuntime.class.getClassLoader());
  }

  private static byte[] bytes(String name) {
    String file = name.replace('.', '/') + ".class";
    try (InputStream in = FaultyRuntime.class.getClassLoader().getResourceAsStream(file)) {
      if (in == null) {
        throw new AssertionError("Preload names a class that isn't there: " + name);
      }
      return in.readAllBytes();
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
        || name.startsWith(SOCKETS)
        || name.startsWith("dev.coweave.Coroutine");
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    synchronized (getClassLoadingLock(name)) {
      if (!isRuntime(name) && !PROGRAM.matcher(name).matches()) {
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

  /** Whether a place is in the sockets. */
  static boolean isInSockets(String site) {
    String type = site.substring(0, site.indexOf('.'));
    return MADE.keySet().stream()
        .anyMatch(name -> name.startsWith(SOCKETS) && name.endsWith("." + type));
  }

  private static byte[] made(String name) {
    return MADE.computeIfAbsent(name, n -> isRuntime(n) ? instrumented(n) : bytes(n));
  }

  private static byte[] instrumented(String name) {
    ClassReader in = new ClassReader(bytes(name));
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
