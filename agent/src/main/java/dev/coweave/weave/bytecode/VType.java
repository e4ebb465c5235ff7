package dev.coweave.weave.bytecode;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Label;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.TypeInsnNode;

/**
 * A verification type (JVMS 4.10.1.2).
 *
 * @param kind which of the verifier's types
 * @param name the internal name or array descriptor of a {@link Kind#REF}, or of what an {@link Kind#UNINITIALIZED} will be
 * @param creation the {@code new} of an uninitialised object
 */
public record VType(Kind kind, @Nullable String name, @Nullable TypeInsnNode creation) {
  /** The verifier's types, with the letter of the fields and instructions for each. */
  public enum Kind {
    TOP,
    INT,
    FLOAT,
    LONG,
    DOUBLE,
    NULL,
    REF,
    UNINITIALIZED
  }

  /** No value, or the second half of one. */
  public static final VType TOP = new VType(Kind.TOP, null, null);

  private static final VType INT = new VType(Kind.INT, null, null);
  private static final VType FLOAT = new VType(Kind.FLOAT, null, null);
  private static final VType LONG = new VType(Kind.LONG, null, null);
  private static final VType DOUBLE = new VType(Kind.DOUBLE, null, null);
  private static final VType NULL = new VType(Kind.NULL, null, null);

  static VType of(Object asm, Map<Label, TypeInsnNode> news) {
    if (asm instanceof String name) {
      return new VType(Kind.REF, name, null);
    }
    if (asm instanceof Label label) {
      TypeInsnNode creation = news.get(label);
      if (creation == null) {
        throw new IllegalArgumentException(
            "a frame refers to an uninitialised object that no instruction before it creates");
      }
      return new VType(Kind.UNINITIALIZED, creation.desc, creation);
    }
    if (asm == Opcodes.INTEGER) {
      return INT;
    } else if (asm == Opcodes.FLOAT) {
      return FLOAT;
    } else if (asm == Opcodes.LONG) {
      return LONG;
    } else if (asm == Opcodes.DOUBLE) {
      return DOUBLE;
    } else if (asm == Opcodes.NULL) {
      return NULL;
    }
    return TOP;
  }

  /** The type of values of a declared type; TOP for void. */
  public static VType of(Type type) {
    return switch (type.getSort()) {
      case Type.VOID -> TOP;
      case Type.BOOLEAN, Type.BYTE, Type.CHAR, Type.SHORT, Type.INT -> INT;
      case Type.FLOAT -> FLOAT;
      case Type.LONG -> LONG;
      case Type.DOUBLE -> DOUBLE;
      default -> new VType(Kind.REF, type.getInternalName(), null);
    };
  }

  /** A reference to a class. */
  public static VType ref(String internalName) {
    return new VType(Kind.REF, internalName, null);
  }

  /** How many slots a value takes. */
  public int size() {
    return kind == Kind.LONG || kind == Kind.DOUBLE ? 2 : 1;
  }

  /** Whether values of this type can be kept in a field. */
  public boolean isStorable() {
    return switch (kind) {
      case INT, FLOAT, LONG, DOUBLE, REF -> true;
      case TOP, NULL, UNINITIALIZED -> false;
    };
  }

  /** The type of a field or variable that holds such a value. */
  public Type toType() {
    return switch (kind) {
      case INT -> Type.INT_TYPE;
      case FLOAT -> Type.FLOAT_TYPE;
      case LONG -> Type.LONG_TYPE;
      case DOUBLE -> Type.DOUBLE_TYPE;
      case REF -> Type.getObjectType(Objects.requireNonNull(name));
      case TOP, NULL, UNINITIALIZED -> Type.getObjectType("java/lang/Object");
    };
  }

  /** The type as ASM's frames write it; what would be uninitialised is written as what it will be. */
  public Object toFrame() {
    return switch (kind) {
      case TOP -> Opcodes.TOP;
      case INT -> Opcodes.INTEGER;
      case FLOAT -> Opcodes.FLOAT;
      case LONG -> Opcodes.LONG;
      case DOUBLE -> Opcodes.DOUBLE;
      case NULL -> Opcodes.NULL;
      case REF, UNINITIALIZED -> Objects.requireNonNull(name);
    };
  }

  @Override
  public String toString() {
    return switch (kind) {
      case REF -> Objects.requireNonNull(name);
      case UNINITIALIZED -> "new " + name();
      default -> kind.name().toLowerCase(java.util.Locale.ROOT);
    };
  }
}
