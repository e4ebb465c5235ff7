package dev.coweave.weave.emit;

import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/** Converts the operand on top of the stack as {@code LambdaMetafactory} does: casts, boxing, unboxing, widening. */
final class Adaptation {
  private static final Type OBJECT = Type.getObjectType("java/lang/Object");

  private Adaptation() {}

  /**
   * An argument, from the interface's type by way of the lambda's own type to the implementation's.
   *
   * @param from what is on the stack
   * @param instantiated what it really is
   * @param to what the implementation takes
   */
  static void convert(Code code, Type from, Type instantiated, Type to) {
    if (isPrimitive(from)) {
      if (isPrimitive(to)) {
        widen(code, from, to);
      } else {
        box(code, from);
      }
    } else if (isPrimitive(to)) {
      unbox(
          code,
          isBox(instantiated) ? instantiated : Type.getObjectType(GeneratorClassEmitter.boxOf(to)),
          to);
    } else {
      code.cast(instantiated.equals(from) ? to.equals(from) ? OBJECT : to : instantiated);
      if (!instantiated.equals(from) && !instantiated.equals(to)) {
        code.cast(to);
      }
    }
  }

  /** A result, from the implementation's type to the interface's. */
  static void convertResult(Code code, Type from, Type to) {
    if (to.getSort() == Type.VOID) {
      if (from.getSort() != Type.VOID) {
        code.op(from.getSize() == 2 ? Opcodes.POP2 : Opcodes.POP);
      }
    } else if (from.getSort() == Type.VOID) {
      code.op(Opcodes.ACONST_NULL);
    } else {
      convert(code, from, from, to);
    }
  }

  private static boolean isPrimitive(Type type) {
    return type.getSort() < Type.ARRAY;
  }

  private static boolean isBox(Type type) {
    return switch (type.getClassName()) {
      case "java.lang.Boolean",
          "java.lang.Character",
          "java.lang.Byte",
          "java.lang.Short",
          "java.lang.Integer",
          "java.lang.Long",
          "java.lang.Float",
          "java.lang.Double" ->
          true;
      default -> false;
    };
  }

  private static void box(Code code, Type primitive) {
    String box = GeneratorClassEmitter.boxOf(primitive);
    code.invoke(Opcodes.INVOKESTATIC, box, "valueOf", "(" + primitive + ")L" + box + ";", false);
  }

  private static void unbox(Code code, Type box, Type to) {
    String name = box.getInternalName();
    Type primitive =
        switch (name) {
          case "java/lang/Boolean" -> Type.BOOLEAN_TYPE;
          case "java/lang/Character" -> Type.CHAR_TYPE;
          case "java/lang/Byte" -> Type.BYTE_TYPE;
          case "java/lang/Short" -> Type.SHORT_TYPE;
          case "java/lang/Integer" -> Type.INT_TYPE;
          case "java/lang/Long" -> Type.LONG_TYPE;
          case "java/lang/Float" -> Type.FLOAT_TYPE;
          default -> Type.DOUBLE_TYPE;
        };
    code.cast(box).virtual(name, primitive.getClassName() + "Value", "()" + primitive);
    widen(code, primitive, to);
  }

  private static void widen(Code code, Type from, Type to) {
    int target = to.getSort();
    switch (from.getSort()) {
      case Type.LONG -> {
        if (target == Type.FLOAT) {
          code.op(Opcodes.L2F);
        } else if (target == Type.DOUBLE) {
          code.op(Opcodes.L2D);
        }
      }
      case Type.FLOAT -> {
        if (target == Type.DOUBLE) {
          code.op(Opcodes.F2D);
        }
      }
      case Type.DOUBLE -> {}
      default -> {
        if (target == Type.LONG) {
          code.op(Opcodes.I2L);
        } else if (target == Type.FLOAT) {
          code.op(Opcodes.I2F);
        } else if (target == Type.DOUBLE) {
          code.op(Opcodes.I2D);
        }
      }
    }
  }
}
