package dev.coweave.durable.format;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * What the serialized form of one of the JDK's objects tells of it, which no other API does: the collection behind a view, the enum of an
 * empty {@code EnumMap}. That form is specified and doesn't change, and no reflection into {@code java.base} is needed. Nothing is written, and
 * what is behind the object is not looked into.
 */
final class SerialForm {
  private SerialForm() {}

  /** What a view is of: {@code list} of {@code Collections.unmodifiableList(list)}, the array of {@code Arrays.asList}. */
  static @Nullable Object behind(Object view) {
    return look(view).part;
  }

  /** The first class that an object holds as one: the enum of an {@code EnumMap}. */
  static @Nullable Class<?> classIn(Object object) {
    return look(object).held;
  }

  /** The message with which an exception was made, whatever its {@code getMessage} says. */
  static @Nullable String detail(Throwable t) {
    try {
      Look look = look(t);
      return look.isAsItIs ? look.text : t.getMessage();
    } catch (IllegalStateException e) { // its class writes itself, and can't
      return t.getMessage();
    }
  }

  private static Look look(Object object) {
    try (Look look = new Look(object)) {
      look.writeObject(object);
      return look;
    } catch (IOException | RuntimeException e) {
      throw new IllegalStateException("a stream to nowhere fails", e);
    }
  }

  private static final class Look extends ObjectOutputStream {
    private final Object whole;
    private boolean begun;
    private boolean isAsItIs;
    private @Nullable Object part;
    private @Nullable Class<?> held;

    /** Of a Throwable, whose fields are written by name: what comes after its cause and before its stack. */
    private @Nullable String text;

    private boolean stack;

    Look(Object object) throws IOException {
      super(OutputStream.nullOutputStream());
      whole = object;
      enableReplaceObject(true);
    }

    /** Asked for the object itself, or what it writes in its place, and then for each object that it holds: these are left out. */
    @Override
    protected @Nullable Object replaceObject(Object object) {
      if (!begun) {
        begun = true;
        isAsItIs = object == whole;
        return object;
      }
      part = part == null ? object : part;
      stack |= object instanceof StackTraceElement[];
      if (text == null && !stack && object instanceof String s) {
        text = s;
      }
      return null;
    }

    @Override
    protected void annotateClass(Class<?> c) {
      if (held == null && !c.isInstance(whole)) {
        held = c;
      }
    }
  }
}
