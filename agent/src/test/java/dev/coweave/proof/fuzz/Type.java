package dev.coweave.proof.fuzz;

import java.util.List;

/** The types of generated expressions. */
enum Type {
  INT("int", "0"),
  LONG("long", "0L"),
  FLOAT("float", "0f"),
  DOUBLE("double", "0d"),
  BOOLEAN("boolean", "false"),
  BYTE("byte", "((byte) 0)"),
  CHAR("char", "'a'"),
  SHORT("short", "((short) 0)"),
  STRING("String", "\"\""),
  INTEGER("Integer", "Integer.valueOf(0)"),
  LONG_BOX("Long", "Long.valueOf(0)"),
  OBJECT("Object", "((Object) null)"),
  BOX("Box", "((Box) null)"),
  INTS("int[]", "(new int[4])"),
  LONGS("long[]", "(new long[4])"),
  DOUBLES("double[]", "(new double[4])"),
  BYTES("byte[]", "(new byte[4])"),
  BOOLEANS("boolean[]", "(new boolean[4])"),
  CHARS("char[]", "(new char[4])"),
  STRINGS("String[]", "(new String[4])"),
  FLOATS("float[]", "(new float[4])"),
  SHORTS("short[]", "(new short[4])"),
  OBJECTS("Object[]", "(new Object[4])"),
  FUTURE(
      "java.util.concurrent.CompletableFuture<Object>",
      "java.util.concurrent.CompletableFuture.completedFuture((Object) null)"),
  VOID("void", "");

  /** The types of values. */
  static final List<Type> VALUES = List.of(values()).subList(INT.ordinal(), INTS.ordinal());

  static final List<Type> ARRAYS = List.of(values()).subList(INTS.ordinal(), FUTURE.ordinal());

  final String source;

  /** An expression of the type. */
  final String zero;

  Type(String source, String zero) {
    this.source = source;
    this.zero = zero;
  }

  /** The type of an array's elements, or null. */
  Type element() {
    return switch (this) {
      case INTS -> INT;
      case LONGS -> LONG;
      case DOUBLES -> DOUBLE;
      case BYTES -> BYTE;
      case BOOLEANS -> BOOLEAN;
      case CHARS -> CHAR;
      case STRINGS -> STRING;
      case FLOATS -> FLOAT;
      case SHORTS -> SHORT;
      case OBJECTS -> OBJECT;
      default -> null;
    };
  }

  /** The type of arrays of this type, or null. */
  Type array() {
    for (Type t : values()) {
      if (t.element() == this) {
        return t;
      }
    }
    return null;
  }

  boolean isNumeric() {
    return ordinal() <= SHORT.ordinal() && this != BOOLEAN;
  }

  /** Whether it is one of those that the JVM keeps as an int. */
  boolean isNarrow() {
    return this == BYTE || this == CHAR || this == SHORT;
  }

  /** Whether it has bits to shift. */
  boolean isIntegral() {
    return isNumeric() && this != FLOAT && this != DOUBLE;
  }

  boolean isPrimitive() {
    return ordinal() <= SHORT.ordinal();
  }

  /** The name of {@link Probe}'s suspension point for values of the type. */
  String point() {
    return switch (this) {
      case LONG -> "sJ";
      case BOOLEAN -> "sZ";
      default -> "s" + (isPrimitive() ? name().charAt(0) : 'L');
    };
  }

  @Override
  public String toString() {
    return source;
  }
}
