package dev.coweave.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.weave.Sources;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The twins that the runtime has by hand are for woven code: neither compilers nor IDEs, which read the same class files, show them. */
class HiddenTwinsTest {
  private static final List<String> USERS =
      List.of("", "flow/", "generator/", "loop/", "sync/", "task/");

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Task.await(new CompletableFuture<String>(), c)",
        "Task.sleep(Duration.ZERO, c)",
        "Task.start(() -> 1).await(c)",
        "Generator.yield(1, c)",
        "new Channel<Integer>(1).receive(c)",
        "new Signal().await(c)",
        "((CoroutineRunnable) () -> {}).run(c)",
        "((CoroutineFunction<String, String>) x -> x).apply(\"\", c)",
        "Generator.of(() -> {}).coweave$iterable()",
        "AsyncGenerator.of(List.of(1)).hasNext(c)"
      })
  void aTwin_doesNotCompile(String call) throws IOException {
    String source =
        """
        import dev.coweave.*; import dev.coweave.coroutine.*; import dev.coweave.flow.*; import dev.coweave.generator.*;
        import dev.coweave.sync.*; import dev.coweave.task.*; import java.time.*; import java.util.*; import java.util.concurrent.*;
        class Caller { @Coroutine static void call(Continuation c) throws Exception { Object o; %s; } }
        """;
    AssertionError error =
        assertThrows(
            AssertionError.class, () -> Sources.compile(directory, source.formatted(call)));
    assertFalse(error.getMessage().contains("Continuation) is not applicable"), error.getMessage());
    Sources.compile(
        directory,
        source.formatted(call.replaceAll(",? ?c\\)$", ")").replace("coweave$iterable", "stream")));
  }

  @Test
  void eachTwin_thatUsersCouldSee_isSynthetic() throws Exception {
    TreeSet<String> visible = new TreeSet<>();
    int twins = 0;
    for (Class<?> c : classes()) {
      List<Method> methods = Arrays.asList(c.getDeclaredMethods());
      for (Method m : methods) {
        boolean isTwin =
            Stream.of(m.getParameterTypes()).reduce((a, b) -> b).orElse(null) == Continuation.class
                && methods.stream().anyMatch(o -> isPlainOf(o, m));
        twins += isTwin ? 1 : 0;
        if ((isTwin || m.getName().startsWith("coweave$")) && !m.isSynthetic()) {
          visible.add(m.toString());
        }
      }
    }
    assertEquals(List.of(), List.copyOf(visible));
    assertTrue(twins > 60, "" + twins);
  }

  private static boolean isPlainOf(Method plain, Method twin) {
    Class<?>[] parameters = twin.getParameterTypes();
    return plain.getName().equals(twin.getName())
        && Arrays.equals(
            plain.getParameterTypes(), Arrays.copyOf(parameters, parameters.length - 1));
  }

  /** The users' classes, be the runtime a directory or a jar. */
  private static List<Class<?>> classes() throws Exception {
    URI one = Coroutine.class.getResource("Coroutine.class").toURI();
    if (!one.getScheme().equals("jar")) {
      return classes(Path.of(one).getParent());
    }
    try (FileSystem jar = FileSystems.newFileSystem(one, Map.of())) {
      return classes(Path.of(one).getParent());
    }
  }

  private static List<Class<?>> classes(Path packages) throws Exception {
    List<Class<?>> result = new java.util.ArrayList<>();
    for (String name : USERS) {
      try (Stream<Path> files = Files.list(packages.resolve(name))) {
        for (Path f : files.filter(f -> f.toString().endsWith(".class")).toList()) {
          String simple = f.getFileName().toString().replace(".class", "");
          result.add(
              Class.forName(
                  ("dev/coweave/" + name + simple).replace('/', '.'),
                  false,
                  Coroutine.class.getClassLoader()));
        }
      }
    }
    return result;
  }
}
