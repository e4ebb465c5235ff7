package dev.coweave.proof.fuzz;

import dev.coweave.coroutine.Continuation;
import dev.coweave.generator.Generator;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;
import dev.coweave.proof.fuzz.PushGenerator.Action;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.concurrent.CompletionStage;

/** Runs the methods of a program, several times each, and collects their traces. */
final class Runs {
  private static final int ROUNDS = 3;

  /** The round in which no point throws. */
  private static final int CALM = 1;

  /** The round in which what can runs in a task. */
  private static final int ON_LOOP = 2;

  private final Class<?> program;
  private final boolean woven;

  /** How often a coroutine waited. */
  long suspensions;

  Runs(Class<?> program, boolean woven) {
    this.program = program;
    this.woven = woven;
  }

  /** One trace a run: the method, what it noted, and what it returned or threw. */
  List<String> all(long seed) throws ReflectiveOperationException {
    List<String> traces = new ArrayList<>();
    List<Method> methods =
        Arrays.stream(program.getDeclaredMethods())
            .filter(m -> m.getName().matches("[mga][0-9]+") && !m.isSynthetic() && !m.isBridge())
            .sorted(Comparator.comparing(Method::getName))
            .toList();
    for (int round = 0; round < ROUNDS; round++) {
      for (Method m : methods) {
        m.setAccessible(true);
        Script script =
            new Script(seed + round * 31 + m.getName().hashCode(), seed + round, round == CALM);
        Probe.script = script;
        Random random = new Random(seed + round);
        var constructor = program.getDeclaredConstructor();
        constructor.setAccessible(true);
        Object self = Modifier.isStatic(m.getModifiers()) ? null : constructor.newInstance();
        Object[] arguments =
            Arrays.stream(m.getParameterTypes()).map(t -> argument(t, random)).toArray();
        // A task takes a reference.
        script.onLoop =
            woven && (m.getName().startsWith("a") || round == ON_LOOP && !isPrimitive(m));
        if (m.getName().startsWith("g")) {
          script.onLoop = false;
          generator(m, arguments, script);
        } else {
          method(m, self, arguments, script);
        }
        suspensions += script.awaited;
        traces.add(m.getName() + " round " + round + ": " + script.trace());
      }
    }
    return traces;
  }

  private void method(Method m, Object self, Object[] arguments, Script script)
      throws ReflectiveOperationException {
    try {
      script.note(
          script.onLoop
              ? inTask(m, self, arguments)
              : woven ? drive(m, self, arguments) : plain(m, self, arguments));
    } catch (InvocationTargetException e) {
      script.note(e.getCause());
    } catch (ReflectiveOperationException e) {
      throw e;
    } catch (Throwable t) {
      script.note(t);
    }
  }

  private static boolean isPrimitive(Method m) {
    return m.getReturnType().isPrimitive();
  }

  private static boolean isAsync(Method m) {
    return CompletionStage.class.isAssignableFrom(m.getReturnType());
  }

  private static Object plain(Method m, Object self, Object[] arguments) throws Throwable {
    Object result = m.invoke(self, arguments);
    return isAsync(m) ? PlainTask.await((CompletionStage<?>) result) : result;
  }

  private Object inTask(Method m, Object self, Object[] arguments) throws Throwable {
    InTask body;
    if (isAsync(m)) {
      body = new InTask(c -> Twins.await((CompletionStage<?>) m.invoke(self, arguments), c));
    } else {
      body = new InTask(twin(m, self, arguments));
    }
    return EventLoop.run(new VirtualClock(), body);
  }

  private Driver.Twin twin(Method m, Object self, Object[] arguments)
      throws ReflectiveOperationException {
    Class<?>[] types = Arrays.copyOf(m.getParameterTypes(), arguments.length + 1);
    types[arguments.length] = Continuation.class;
    Method twin = program.getDeclaredMethod(m.getName(), types);
    twin.setAccessible(true);
    Object[] all = Arrays.copyOf(arguments, arguments.length + 1);
    return c -> {
      all[arguments.length] = c;
      return twin.invoke(self, all);
    };
  }

  private Object drive(Method m, Object self, Object[] arguments) throws Throwable {
    Driver driver = new Driver();
    try {
      return driver.run(twin(m, self, arguments), m.getReturnType());
    } finally {
      suspensions += driver.suspensions;
    }
  }

  private void generator(Method m, Object[] arguments, Script script)
      throws ReflectiveOperationException {
    if (!woven) {
      PushGenerator.consume(
          () -> {
            try {
              return m.invoke(null, arguments);
            } catch (InvocationTargetException e) {
              throw e.getCause();
            }
          },
          script);
      return;
    }
    Object made = m.invoke(null, arguments);
    Iterator<?> iterator = made instanceof Iterator<?> i ? i : ((Iterable<?>) made).iterator();
    consume((Generator<?>) iterator, script);
  }

  private void consume(Generator<?> g, Script script) {
    try {
      Action action = Action.NEXT;
      for (int n = 0; ; action = Action.after(script, ++n)) {
        Object element =
            switch (action) {
              case NEXT -> g.next();
              case SEND -> g.send(n);
              case RAISE -> g.raise(new Probe.Failure("raised"));
              case CLOSE -> {
                script.closing = true;
                g.close();
                yield null;
              }
            };
        if (action == Action.CLOSE) {
          script.note("closed");
          return;
        }
        suspensions++;
        script.note("yielded");
        script.note(element);
      }
    } catch (NoSuchElementException e) {
      script.note("end");
      script.note(g.result());
    } catch (Throwable t) {
      script.note(t);
    }
  }

  private static Object argument(Class<?> type, Random random) {
    int n = random.nextInt(8);
    if (type.isArray()) {
      Class<?> e = type.getComponentType();
      Object array = Array.newInstance(e, 4);
      for (int i = 0; i < 4; i++) {
        Array.set(array, i, argument(e, random));
      }
      return array;
    }
    return switch (type.getSimpleName()) {
      case "int", "Integer" -> n;
      case "long", "Long" -> (long) n;
      case "float" -> n + 0.5f;
      case "double" -> n + 0.25;
      case "boolean" -> n < 4;
      case "byte" -> (byte) n;
      case "char" -> (char) ('a' + n);
      case "short" -> (short) n;
      case "String", "Object" -> "arg" + n;
      default -> null;
    };
  }
}
