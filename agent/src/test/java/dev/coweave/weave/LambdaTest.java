package dev.coweave.weave;

import dev.coweave.weave.programs.Lambdas;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("woven")
class LambdaTest {
  @TestFactory
  Stream<DynamicNode> lambdasAndMethodReferences_suspend() {
    return Programs.tests(Lambdas.class);
  }
}
