package dev.coweave.weave;

import dev.coweave.weave.programs.Pitfalls;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("woven")
class PitfallsTest {
  @TestFactory
  Stream<DynamicNode> whatOtherWeaversFailedOn_suspends() {
    return Programs.tests(Pitfalls.class);
  }
}
