package dev.coweave.weave;

import dev.coweave.weave.programs.AsyncGenerators;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("woven")
class AsyncGeneratorTest {
  @TestFactory
  Stream<DynamicNode> asyncGenerators() {
    return Programs.tests(AsyncGenerators.class);
  }
}
