package stranger;

import dev.coweave.junit.CoroutineTests;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Tests that a method makes. */
class FactoryTest {
  @TestFactory
  Stream<DynamicTest> tests() {
    return Stream.of(CoroutineTests.dynamicTest("many", 10, sim -> Waiting.anHour()));
  }
}
