package dev.coweave.weave;

import dev.coweave.weave.programs.Receivers;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

@Tag("woven")
class ReceiverTest {
  @TestFactory
  Stream<DynamicNode> aTwinIsEnteredOnlyOnWhatTheWeaverWrote() {
    return Programs.tests(Receivers.class);
  }
}
