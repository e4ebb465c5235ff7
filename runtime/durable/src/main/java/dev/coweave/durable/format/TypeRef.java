package dev.coweave.durable.format;

import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.Arrays;
import java.util.List;

/**
 * A type with its arguments, as far as they are known.
 *
 * @param raw the erased type; primitives as they are
 * @param arguments the type arguments; empty for a raw or plain type
 */
public record TypeRef(Class<?> raw, List<TypeRef> arguments) {
  /** Nothing is known. */
  public static final TypeRef OBJECT = new TypeRef(Object.class, List.of());

  /** A plain type. */
  public static TypeRef of(Class<?> raw) {
    return new TypeRef(raw, List.of());
  }

  /** A type as reflection tells it, in the class that this is: its type variables are replaced by this one's arguments. */
  TypeRef resolve(Type type) {
    if (type instanceof Class<?> c) {
      return of(c);
    } else if (type instanceof ParameterizedType p) {
      List<TypeRef> args = Arrays.stream(p.getActualTypeArguments()).map(this::resolve).toList();
      return new TypeRef((Class<?>) p.getRawType(), args);
    } else if (type instanceof WildcardType w) {
      return resolve(w.getUpperBounds()[0]);
    } else if (type instanceof GenericArrayType a) {
      return of(resolve(a.getGenericComponentType()).raw.arrayType());
    } else if (type instanceof TypeVariable<?> v) {
      int i = Arrays.asList(raw.getTypeParameters()).indexOf(v);
      if (i >= 0 && i < arguments.size()) {
        return arguments.get(i);
      }
      Type bound = v.getBounds()[0];
      return bound instanceof Class<?> c ? of(c) : OBJECT;
    }
    return OBJECT;
  }

  /** An argument, or Object where it isn't known. */
  TypeRef argument(int i) {
    return i < arguments.size() ? arguments.get(i) : OBJECT;
  }

  /** The class whose instances values of this type are: of a primitive, its box. */
  public Class<?> boxed() {
    return java.lang.invoke.MethodType.methodType(raw).wrap().returnType();
  }
}
