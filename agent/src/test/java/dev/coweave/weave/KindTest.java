package dev.coweave.weave;

import dev.coweave.weave.programs.Kinds;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("woven")
class KindTest {
  @TestFactory
  Stream<DynamicNode> whatAMethodBecomes_followsFromItsSignatureAndItsBody() {
    return Programs.tests(Kinds.class);
  }
}
