package dev.coweave.durable.format;

import java.util.ArrayList;
import java.util.List;

/** Reads field signatures (JVMS 4.7.9.1), of which descriptors are a part. */
final class Signatures {
  private final String text;
  private final TypeNames types;
  private int at;

  private Signatures(String text, TypeNames types) {
    this.text = text;
    this.types = types;
  }

  /**
   * The type that a signature or descriptor stands for. Type variables, and classes that aren't there, are Object.
   *
   * @param types where its classes are found, also by names that they had before; none is initialised
   */
  static TypeRef read(String signature, TypeNames types) {
    return new Signatures(signature, types).type();
  }

  private TypeRef type() {
    char c = text.charAt(at++);
    switch (c) {
      case '[' -> {
        return TypeRef.of(type().raw().arrayType());
      }
      case 'T' -> {
        at = text.indexOf(';', at) + 1;
        return TypeRef.OBJECT;
      }
      case 'L' -> {
        return classType();
      }
      default -> {
        return TypeRef.of(primitive(c));
      }
    }
  }

  private TypeRef classType() {
    StringBuilder name = new StringBuilder();
    List<TypeRef> arguments = List.of();
    for (char c = text.charAt(at++); c != ';'; c = text.charAt(at++)) {
      if (c == '<') {
        arguments = arguments();
      } else if (c == '.') {
        name.append('$');
        arguments = List.of();
      } else {
        name.append(c == '/' ? '.' : c);
      }
    }
    Class<?> c = types.named(name.toString());
    return c == null ? TypeRef.OBJECT : new TypeRef(c, arguments);
  }

  private List<TypeRef> arguments() {
    List<TypeRef> result = new ArrayList<>();
    while (text.charAt(at) != '>') {
      char c = text.charAt(at);
      if (c == '*') {
        at++;
        result.add(TypeRef.OBJECT);
      } else if (c == '-') {
        at++;
        type();
        result.add(TypeRef.OBJECT);
      } else {
        at += c == '+' ? 1 : 0;
        result.add(type());
      }
    }
    at++;
    return result;
  }

  private static Class<?> primitive(char c) {
    return switch (c) {
      case 'Z' -> boolean.class;
      case 'B' -> byte.class;
      case 'C' -> char.class;
      case 'S' -> short.class;
      case 'I' -> int.class;
      case 'J' -> long.class;
      case 'F' -> float.class;
      case 'D' -> double.class;
      default -> void.class;
    };
  }
}
