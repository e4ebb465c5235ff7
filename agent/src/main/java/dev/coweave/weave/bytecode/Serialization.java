package dev.coweave.weave.bytecode;

import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.commons.SerialVersionUIDAdder;

/** The default serialVersionUID (Java Object Serialization Specification 4.6), which changes when members are added to a class. */
public final class Serialization {
  private Serialization() {}

  /**
   * The default serialVersionUID of a class that may be serializable and declares none.
   *
   * @return null if the class declares one or has no use for one
   */
  public static @Nullable Long defaultUid(ClassReader reader, ClassInfos infos) {
    boolean other =
        (reader.getAccess() & (Opcodes.ACC_ENUM | Opcodes.ACC_INTERFACE)) != 0
            || "java/lang/Record".equals(reader.getSuperName());
    if (other || !maybeSerializable(reader.getClassName(), infos)) {
      return null;
    }
    Long[] uid = new Long[1];
    reader.accept(
        new SerialVersionUIDAdder(Opcodes.ASM9, new ClassVisitor(Opcodes.ASM9) {}) {
          @Override
          protected void addSVUID(long svuid) {
            uid[0] = svuid;
          }
        },
        ClassReader.SKIP_CODE | ClassReader.SKIP_DEBUG);
    return uid[0];
  }

  /** Whether a class implements an interface of the JDK or extends a class of it: which of those are serializable isn't asked. */
  private static boolean maybeSerializable(String name, ClassInfos infos) {
    if (name.equals("java/lang/Object")) {
      return false;
    }
    ClassInfo c = infos.find(name);
    return c == null
        || (c.superName() != null && maybeSerializable(c.superName(), infos))
        || c.interfaces().stream().anyMatch(i -> maybeSerializable(i, infos));
  }
}
