package dev.coweave.durable.format;

import dev.coweave.durable.frame.Slot;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads values that were stored where the code had one type into places where it has another. Text means what it meant to the code that wrote it:
 * it is read as that type, and must then fit the new one.
 */
final class Fitting {
  /** Each can be made one that follows, without loss (JLS 5.1.2). */
  private static final List<Class<?>> WHOLE =
      List.of(byte.class, short.class, int.class, long.class);

  private final Decoder decoder;
  private final Values values;

  Fitting(Decoder decoder, Values values) {
    this.decoder = decoder;
    this.values = values;
  }

  /**
   * Reads a value.
   *
   * @param old the generic type that its place had
   * @param now the type that its place has
   * @throws FormatException if it doesn't fit
   */
  @Nullable Object read(@Nullable Object tree, String old, String now, String path) {
    TypeRef from = values.type(old);
    if (old.equals(now)) {
      return decoder.decode(tree, from, path);
    }
    TypeRef to = values.type(now);
    Object value = decoder.decode(tree, from, path);
    if (to.raw().isPrimitive() && to.raw() != void.class) {
      return primitive(value, unwrapped(from), to.raw(), path);
    }
    if (to.raw() != void.class && value != null) {
      if (!to.raw().isInstance(value)) {
        throw unfit(path, value.getClass().getTypeName(), to);
      }
      checkParts(value, to, path);
    }
    return value;
  }

  private static Object primitive(@Nullable Object value, Class<?> from, Class<?> to, String path) {
    if (value != null && from == to) {
      return value;
    }
    if (value instanceof Number n
        && WHOLE.contains(from)
        && WHOLE.indexOf(to) > WHOLE.indexOf(from)) {
      return to == long.class
          ? (Object) n.longValue()
          : to == int.class ? (Object) n.intValue() : (Object) n.shortValue();
    }
    throw unfit(path, value == null ? "nothing" : from.getTypeName(), TypeRef.of(to));
  }

  private static Class<?> unwrapped(TypeRef type) {
    return java.lang.invoke.MethodType.methodType(type.raw()).unwrap().returnType();
  }

  private static FormatException unfit(String path, String what, TypeRef to) {
    return new FormatException(
        Fault.SLOT_UNFIT,
        path + ": a " + what + " is stored, and the code has a " + to.raw().getTypeName() + " now");
  }

  /** Elements, components and what else the type's arguments speak of: written and read again as the new type. */
  private void checkParts(Object value, TypeRef to, String path) {
    if (to.arguments().isEmpty() && !to.raw().isArray()) {
      return;
    }
    Object tree = Node.tree(new Encoder(values).encode(value, to, path));
    new Decoder(values).decode(Json.read(Json.write(tree)), to, path);
  }

  /** Reads what the code no longer needs, for the sake of those that refer to it. */
  void skip(@Nullable Object tree, @Nullable Slot was, String path) {
    try {
      decoder.decode(tree, was == null ? TypeRef.OBJECT : values.type(was.type()), path);
    } catch (FormatException e) {
      // nobody needs it
    }
  }
}
