package dev.coweave.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.coweave.Coroutine;
import dev.coweave.samples.Jvm.Result;
import dev.coweave.samples.kinds.Kinds;
import dev.coweave.task.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Coroutines of each kind work in each way of weaving, and with every call saved and restored. */
class KindsTest {
  static Stream<Arguments> ways() {
    return Stream.of(
            Weaving.BY_PLUGIN, Weaving.BY_AGENT, Weaving.BY_COMMAND_LINE, Weaving.BY_INSTALLING)
        .flatMap(w -> Stream.of(Arguments.of(w, "256"), Arguments.of(w, "1")));
  }

  @ParameterizedTest(name = "woven {0}, depth {1}")
  @MethodSource("ways")
  void each_kind_of_coroutine_works(Weaving weaving, String depth) throws Exception {
    List<String> options = new ArrayList<>(List.of("-Dcoweave.maxDepth=" + depth));
    options.addAll(weaving.options());
    options.add(Kinds.class.getName());
    Result result = Jvm.run(options);
    assertEquals(
        Kinds.EXPECTED + "status 0", result.out() + "status " + result.status(), result.err());
  }

  @Test
  @Coroutine
  void a_test_may_be_a_coroutine() {
    Task<String> task = Task.start(() -> "ran");
    Task.yield();
    assertEquals("ran", task.await());
  }
}
