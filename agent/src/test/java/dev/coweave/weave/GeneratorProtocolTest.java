package dev.coweave.weave;

import dev.coweave.weave.programs.Protocol;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("woven")
class GeneratorProtocolTest {
  @TestFactory
  Stream<DynamicNode> generatorsKeepTheProtocolOfPep342AndPep380() {
    return Programs.tests(Protocol.class);
  }
}
