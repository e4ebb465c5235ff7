package dev.coweave.weave;

import dev.coweave.weave.analysis.RuntimeAbi;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.FieldVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/** Whether the runtime that woven classes will link to is there, and of the version that this weaver weaves for. */
final class RuntimeCheck {
  private static final String STAMP = nameOf(RuntimeAbi.STAMP_DESC);
  private static final String COROUTINE = nameOf(RuntimeAbi.COROUTINE_DESC);

  private RuntimeCheck() {}

  private static String nameOf(String desc) {
    return Type.getType(desc).getInternalName();
  }

  /** What is wrong with the runtime, if anything. */
  static Optional<Problem> problem(ClassFiles files) {
    byte[] stamp = files.find(STAMP);
    if (stamp == null) {
      boolean seen = files.find(COROUTINE) != null;
      return Optional.of(seen ? TreeProblems.hiddenRuntime() : TreeProblems.noRuntime());
    }
    Integer version = version(stamp);
    return version != null && version == RuntimeAbi.VERSION
        ? Optional.empty()
        : Optional.of(TreeProblems.otherRuntime(version, RuntimeAbi.VERSION));
  }

  /** The value of {@code Stamp.ABI}. */
  private static @Nullable Integer version(byte[] stamp) {
    Version visitor = new Version();
    new ClassReader(stamp).accept(visitor, ClassReader.SKIP_CODE);
    return visitor.version;
  }

  private static final class Version extends ClassVisitor {
    @Nullable Integer version;

    Version() {
      super(Opcodes.ASM9);
    }

    @Override
    public @Nullable FieldVisitor visitField(
        int access, String name, String descriptor, String signature, Object value) {
      if (name.equals("ABI") && value instanceof Integer i) {
        version = i;
      }
      return null;
    }
  }
}
