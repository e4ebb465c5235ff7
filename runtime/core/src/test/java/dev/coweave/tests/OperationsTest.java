package dev.coweave.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Operation;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.Flow;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What messages, dumps and stack traces call an operation is a method that users can find. */
class OperationsTest {
  @Test
  void each_namesAMethodOfItsClass() throws Exception {
    List<Operation> all = operations();
    assertTrue(all.size() > 40, all.toString());
    TreeSet<String> unknown = new TreeSet<>();
    for (Operation o : all) {
      if (Arrays.stream(Class.forName(o.type()).getMethods())
          .noneMatch(m -> m.getName().equals(o.method()))) {
        unknown.add(o.toString());
      }
    }
    assertEquals(new TreeSet<>(), unknown);
  }

  @Test
  void anElement_hasTheNestedClassInFull_andTheFileOfTheOuter() {
    Operation o = Operation.of(Flow.Subscription.class, "request");
    assertEquals("Flow.Subscription.request", o.toString());
    assertEquals("Flow.java", o.toStackTraceElement().getFileName());
    assertEquals("java.util.concurrent.Flow$Subscription|request|Flow.java|", o.trace());
  }

  private static List<Operation> operations() throws Exception {
    Path classes =
        Path.of(Coroutine.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    try (Stream<Path> files = Files.walk(classes)) {
      return files
          .map(f -> classes.relativize(f).toString().replace('/', '.').replace('\\', '.'))
          .filter(f -> f.endsWith(".class") && !f.endsWith("-info.class"))
          .flatMap(f -> ofClass(f.substring(0, f.length() - ".class".length())))
          .toList();
    }
  }

  private static Stream<Operation> ofClass(String name) {
    try {
      return Arrays.stream(
              Class.forName(name, false, Coroutine.class.getClassLoader()).getDeclaredFields())
          .filter(f -> f.getType() == Operation.class && Modifier.isStatic(f.getModifiers()))
          .map(OperationsTest::get);
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }

  private static Operation get(Field f) {
    try {
      f.setAccessible(true);
      return (Operation) f.get(null);
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }
}
