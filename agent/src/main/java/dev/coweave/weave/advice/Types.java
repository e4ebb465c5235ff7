package dev.coweave.weave.advice;

import dev.coweave.weave.bytecode.ClassInfo;
import dev.coweave.weave.bytecode.ClassInfos;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/** What extends what, from class files: those of the program, and those of the JDK that the weaver runs in. Thread-safe. */
final class Types {
  private static final String OBJECT = "java/lang/Object";

  private static final Map<String, Optional<Declaration>> JDK = new ConcurrentHashMap<>();

  private final ClassInfos infos;

  private record Declaration(int access, @Nullable String superName, List<String> interfaces) {
    boolean is(int flag) {
      return (access & flag) != 0;
    }
  }

  Types(ClassInfos infos) {
    this.infos = infos;
  }

  /** Whether a class is another, or extends or implements it; false if that isn't known. */
  boolean isSubtype(String name, String of) {
    if (name.equals(of) || of.equals(OBJECT)) {
      return true;
    }
    Declaration d = find(name);
    return d != null
        && ((d.superName != null && isSubtype(d.superName, of))
            || d.interfaces.stream().anyMatch(i -> isSubtype(i, of)));
  }

  /**
   * Whether no object can be of both types (JLS 5.5); false if that isn't known.
   *
   * @param a a type, not a primitive one
   * @param b a type, not a primitive one
   */
  boolean areDisjoint(Type a, Type b) {
    if (a.getSort() == Type.ARRAY || b.getSort() == Type.ARRAY) {
      return areDisjointArrays(a, b);
    }
    String x = a.getInternalName();
    String y = b.getInternalName();
    Declaration dx = find(x);
    Declaration dy = find(y);
    if (dx == null || dy == null || isSubtype(x, y) || isSubtype(y, x)) {
      return false;
    }
    return dx.is(Opcodes.ACC_FINAL)
        || dy.is(Opcodes.ACC_FINAL)
        || (!dx.is(Opcodes.ACC_INTERFACE) && !dy.is(Opcodes.ACC_INTERFACE)) && isWhole(x, dx);
  }

  /** Whether all superclasses are known: then none of them is missing from the comparison. */
  private boolean isWhole(String name, Declaration d) {
    if (d.superName == null || name.equals(OBJECT)) {
      return true;
    }
    Declaration above = find(d.superName);
    return above != null && isWhole(d.superName, above);
  }

  private boolean areDisjointArrays(Type a, Type b) {
    if (a.getSort() != b.getSort()) {
      String other = (a.getSort() == Type.ARRAY ? b : a).getInternalName();
      return !List.of(OBJECT, "java/lang/Cloneable", "java/io/Serializable").contains(other);
    }
    Type x = Type.getType(a.getDescriptor().substring(1));
    Type y = Type.getType(b.getDescriptor().substring(1));
    boolean primitive = x.getSort() < Type.ARRAY || y.getSort() < Type.ARRAY;
    return primitive ? !x.equals(y) : areDisjoint(x, y);
  }

  private @Nullable Declaration find(String name) {
    if (ClassInfos.isJdk(name)) {
      return JDK.computeIfAbsent(name, Types::read).orElse(null);
    }
    ClassInfo c = infos.find(name);
    return c == null ? null : new Declaration(c.access(), c.superName(), c.interfaces());
  }

  private static Optional<Declaration> read(String name) {
    try (InputStream in =
        ClassLoader.getPlatformClassLoader().getResourceAsStream(name + ".class")) {
      if (in == null) {
        return Optional.empty();
      }
      byte[] bytes = in.readAllBytes();
      bytes[6] = 0; // only the header is read, of class files newer than ASM too
      bytes[7] = Opcodes.V17;
      ClassReader reader = new ClassReader(bytes);
      return Optional.of(
          new Declaration(
              reader.getAccess(), reader.getSuperName(), List.of(reader.getInterfaces())));
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }
}
