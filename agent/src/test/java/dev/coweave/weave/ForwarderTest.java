package dev.coweave.weave;

import dev.coweave.weave.programs.Forwarders;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("woven")
class ForwarderTest {
  @TestFactory
  Stream<DynamicNode> whatACompilerAdds_isWhatItLeadsTo() {
    return Programs.tests(Forwarders.class);
  }
}
