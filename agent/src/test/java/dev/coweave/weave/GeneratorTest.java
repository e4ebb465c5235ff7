package dev.coweave.weave;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.coweave.weave.programs.Generators;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("woven")
class GeneratorTest {
  @Test
  void generatorsOfAllForms_giveTheirElements() throws Exception {
    assertEquals(
        List.of(
            "0 1 1 2 3 5 8 13 21 34 55 89 ",
            "r0",
            "r1",
            "r2",
            "r0",
            "r1",
            "r2",
            "x",
            "y",
            "[1, 2, 3, 0, 1]",
            "2.0 3.0",
            "ended n=2",
            "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20] done",
            "500500 1000",
            "a",
            "b",
            "caught oops",
            "finally",
            "[0, 1, 4]"),
        run(Generators.class));
  }

  static List<String> run(Class<?> program) throws Exception {
    Class<?> woven = new WeavingLoader(program).loadClass(program.getName());
    @SuppressWarnings("unchecked")
    Callable<List<String>> callable = (Callable<List<String>>) woven.getConstructor().newInstance();
    return callable.call();
  }
}
