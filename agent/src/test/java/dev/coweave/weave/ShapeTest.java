package dev.coweave.weave;

import dev.coweave.weave.programs.Shapes;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("woven")
class ShapeTest {
  @TestFactory
  Stream<DynamicNode> bodiesOfAllShapes_suspendAnywhere() {
    return Programs.tests(Shapes.class);
  }
}
