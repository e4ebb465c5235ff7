package dev.coweave.coroutine;

import java.lang.reflect.Method;
import java.net.URL;
import java.security.CodeSource;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Says what is the matter where the JVM can't link woven code, because what it was woven against is not what it runs with. The JVM only
 * names a method or a class that no source has.
 */
final class BrokenLinks {
  private static final String PACKAGE = BrokenLinks.class.getPackageName();

  /** The runtime's root package and a dot. */
  private static final String ROOT = PACKAGE.substring(0, PACKAGE.lastIndexOf('.') + 1);

  /** By name: by class it would tie a knot. */
  private static final String CONTINUATION = PACKAGE + ".Continuation";

  private static final String PARAMETERS = "\\((.*?)(?:, )?" + Pattern.quote(CONTINUATION) + "\\)'";

  /** {@code 'int com.acme.Lib.fetch(int, dev.coweave.coroutine.Continuation)'}, as HotSpot writes it. */
  private static final Pattern NO_TWIN =
      Pattern.compile("'(?:\\S+ )?(\\S+)\\.([^.(]+)" + PARAMETERS);

  /** {@code Receiver class com.acme.Impl does not define … 'abstract int fetch(int, …Continuation)' of interface com.acme.Api.} */
  private static final Pattern ABSTRACT_TWIN =
      Pattern.compile("Receiver class (\\S+) .*'(?:\\S+ )*([^ (]+)" + PARAMETERS + " of .*");

  /** {@code 'void dev.coweave.coroutine.Frame.link()'} */
  private static final Pattern RUNTIMES_OWN =
      Pattern.compile("'?(?:\\S+ )*(" + Pattern.quote(ROOT) + "[^' (]+).*");

  private BrokenLinks() {}

  /**
   * An error of the same class that explains another, which is its cause.
   *
   * @param t what was thrown
   * @param loader of the class whose code may not have been linked
   * @return {@code t} itself, if there is nothing to explain
   */
  static Throwable explained(Throwable t, @Nullable ClassLoader loader) {
    if (!(t instanceof IncompatibleClassChangeError || t instanceof NoClassDefFoundError)) {
      return t;
    }
    String message = t.getMessage();
    String text = message == null ? null : text(t, message, loader);
    if (text == null) {
      return t;
    }
    LinkageError explained = likeThat(t, text);
    explained.setStackTrace(t.getStackTrace());
    explained.initCause(t);
    return explained;
  }

  /** Whoever catches the one by its class gets the other. */
  private static LinkageError likeThat(Throwable t, String text) {
    return t instanceof NoSuchMethodError
        ? new NoSuchMethodError(text)
        : t instanceof AbstractMethodError
            ? new AbstractMethodError(text)
            : t instanceof NoSuchFieldError
                ? new NoSuchFieldError(text)
                : t instanceof NoClassDefFoundError
                    ? new NoClassDefFoundError(text)
                    : new IncompatibleClassChangeError(text);
  }

  private static @Nullable String text(Throwable t, String message, @Nullable ClassLoader loader) {
    if (t instanceof NoClassDefFoundError) {
      return companion(message.replace('/', '.'), loader);
    }
    for (Pattern pattern : List.of(NO_TWIN, ABSTRACT_TWIN)) {
      Matcher twin = pattern.matcher(message);
      if (twin.matches()) {
        return twin(twin.group(1), twin.group(2), twin.group(3), loader);
      }
    }
    Matcher own = RUNTIMES_OWN.matcher(message);
    return own.matches() ? otherVersion(own.group(1)) : null;
  }

  private static String twin(
      String owner, String name, String parameters, @Nullable ClassLoader loader) {
    Class<?> c = load(owner, loader);
    if (c != null && in(c).equals(in(BrokenLinks.class))) {
      return otherVersion(owner + "." + name);
    }
    String method = "COWEAVE-204: " + owner + "." + name + "(" + parameters + ")";
    if (c == null || !isWoven(c)) {
      return method
          + in(c)
          + " is no woven coroutine"
          + "\n  because: its class was woven when the caller was, and is not any more\n"
          + JavaStack.HOW_TO_WEAVE;
    }
    return method
        + in(c)
        + (has(c, name, parameters)
            ? " is no coroutine\n  because: it was one when the caller was woven"
            : " does not exist\n  because: it did when the caller was compiled and woven")
        + "\n  fix: compile and weave the caller again, with the version that it runs with";
  }

  /** The class of a frame, a generator or a lambda: it stands beside that of the method. */
  private static @Nullable String companion(String name, @Nullable ClassLoader loader) {
    int end = name.indexOf("$$");
    Class<?> c = end <= 0 ? null : load(name.substring(0, end), loader);
    return c == null || !isWoven(c)
        ? null
        : "COWEAVE-205: "
            + name
            + " is missing"
            + in(c)
            + "\n  because: the weaver wrote it beside "
            + c.getName()
            + ", and it was not packed, or a tool that shrinks jars left it out\n"
            + "  fix: pack all class files of the folder that was woven (ProGuard: -keep class"
            + " **$$* { *; })";
  }

  private static String otherVersion(String member) {
    return "COWEAVE-206: "
        + member
        + " is not as woven code needs it"
        + in(BrokenLinks.class)
        + "\n  because: the code was woven by another version of Coweave"
        + "\n  fix: weave it again, with the version of the runtime that it runs with";
  }

  private static boolean isWoven(Class<?> c) {
    try {
      return Woven.class.isAssignableFrom(c)
          || Arrays.stream(c.getDeclaredMethods())
              .anyMatch(m -> parameters(m).contains(CONTINUATION));
    } catch (LinkageError e) { // A type that one of its methods names is missing: its companion.
      return true;
    }
  }

  private static boolean has(Class<?> c, String name, String parameters) {
    try {
      return Stream.concat(Arrays.stream(c.getDeclaredMethods()), Arrays.stream(c.getMethods()))
          .anyMatch(m -> m.getName().equals(name) && parameters(m).equals(parameters));
    } catch (LinkageError e) { // A type that one of its methods names is missing.
      return true;
    }
  }

  private static String parameters(Method m) {
    return Arrays.stream(m.getParameterTypes())
        .map(Class::getTypeName)
        .collect(Collectors.joining(", "));
  }

  private static @Nullable Class<?> load(String name, @Nullable ClassLoader loader) {
    try {
      return Class.forName(name, false, loader);
    } catch (ClassNotFoundException | LinkageError | SecurityException e) {
      return null;
    }
  }

  /** {@code  in file:/…/lib.jar}, if that is known. */
  private static String in(@Nullable Class<?> c) {
    try {
      CodeSource source = c == null ? null : c.getProtectionDomain().getCodeSource();
      URL location = source == null ? null : source.getLocation();
      return location == null ? "" : " in " + location;
    } catch (SecurityException e) {
      return "";
    }
  }
}
