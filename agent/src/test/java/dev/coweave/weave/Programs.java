package dev.coweave.weave;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineCallable;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Woven;
import dev.coweave.loop.EventLoop;
import dev.coweave.weave.programs.Gives;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;

/**
 * Runs test programs woven: each method that bears {@link Gives} is called from plain code, and if it is a coroutine also as one
 * on a loop; all that in classes woven as a build does and as the agent does.
 */
final class Programs {
  private static final Map<String, Options> OPTIONS =
      Map.of("build", Options.BUILD, "agent", Options.AGENT);

  private Programs() {}

  /** The tests of a program. Of its nested classes, those whose names begin with {@code Unwoven} are left unwoven. */
  static Stream<DynamicNode> tests(Class<?> program) {
    return OPTIONS.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(e -> dynamicContainer(e.getKey(), tests(program, e.getValue())));
  }

  private static Stream<DynamicNode> tests(Class<?> program, Options options) {
    Options some = options.withExclude(Patterns.parse(program.getName() + "$Unwoven*"));
    Class<?> woven;
    try {
      woven = new WeavingLoader(program, some).loadClass(program.getName());
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
    return Arrays.stream(woven.getDeclaredMethods())
        .filter(m -> m.isAnnotationPresent(Gives.class))
        .sorted(Comparator.comparing(Method::getName))
        .flatMap(m -> tests(woven, m));
  }

  private static Stream<DynamicNode> tests(Class<?> woven, Method m) {
    Gives gives = m.getAnnotation(Gives.class);
    m.setAccessible(true);
    String plain = gives.plain().isEmpty() ? gives.value() : gives.plain();
    DynamicNode fromPlainCode =
        dynamicTest(
            m.getName() + " from plain code",
            () -> assertEquals(plain, text(call(m, instance(woven)))));
    if (!m.isAnnotationPresent(Coroutine.class)) {
      return Stream.of(fromPlainCode);
    }
    DynamicNode onALoop =
        dynamicTest(
            m.getName() + " on a loop",
            () ->
                assertEquals(
                    gives.value(),
                    text(EventLoop.run(new TwinCall(twin(woven, m), instance(woven))))));
    return Stream.of(fromPlainCode, onALoop);
  }

  private static Object instance(Class<?> c) throws ReflectiveOperationException {
    var constructor = c.getDeclaredConstructor();
    constructor.setAccessible(true);
    return constructor.newInstance();
  }

  private static Method twin(Class<?> c, Method m) throws NoSuchMethodException {
    Method twin = c.getDeclaredMethod(m.getName(), Continuation.class);
    twin.setAccessible(true);
    return twin;
  }

  /** Lines may move; which file it is may not. */
  static String text(Object value) {
    return String.valueOf(value).replaceAll("(\\w+\\.java):\\d+", "$1");
  }

  private static Object call(Method m, Object on, Object... arguments) throws Exception {
    try {
      return m.invoke(on, arguments);
    } catch (InvocationTargetException e) {
      Continuation.<RuntimeException>sneakyThrow(e.getCause());
      throw e;
    }
  }

  /** Calls a twin as woven code does whose last act that is: its suspension passes through. */
  private record TwinCall(Method twin, Object on) implements CoroutineCallable<Object>, Woven {
    @Override
    public Object call() {
      throw new AssertionError("a coroutine's callable is called by its twin");
    }

    // the interface's twin, which compilers don't see
    public Object call(Continuation c) throws Exception {
      return Programs.call(twin, on, c);
    }

    @Override
    public Class<?> coweave$class() {
      return TwinCall.class;
    }
  }

  static List<String> lines(Object value) {
    return text(value).lines().toList();
  }
}
