package dev.coweave.weave;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.coweave.weave.programs.Tasks;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("woven")
class TaskTest {
  private static final List<String> BODY =
      List.of(
          "11",
          "x1(y2(z3))",
          "6",
          "caught negative",
          "stage",
          "0.f1.f2.f",
          "0.f1f2.f",
          "0.f1f",
          "0.f1cp3f2.f",
          "0.f1r",
          "90 area 18",
          "4 area 4",
          "cap17",
          "ref",
          "new0",
          "11 20 3 2",
          "end",
          "100000",
          "100000",
          "task slept");

  @Test
  void suspendingAndAsyncMethods_runOnALoopAndCalledFromPlainCode() throws Exception {
    List<String> expected = new ArrayList<>(BODY);
    expected.add("done");
    expected.addAll(BODY);
    expected.add("done");
    expected.add("2");
    expected.add("50000");
    assertEquals(expected, GeneratorTest.run(Tasks.class));
  }
}
