package dev.coweave.sequences;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Publishers and subscribers keep the rules of Reactive Streams 1.0.4. */
class TckTest {
  private static final String MULTICAST =
      "optional_spec111_multicast_mustProduceTheSameElementsInTheSameSequenceToAllOfItsSubscribersWhenRequesting";

  /** What the TCK says of rules that it can't test: its own methods for them are skipped always. */
  private static final String UNTESTED = "Not verified";

  private static final String ONE = "a generator's elements are given once";

  /** The other tests that are skipped, and why. */
  private static final Map<Class<?>, Map<String, String>> SKIPPED =
      Map.of(
          PublisherVerification.class,
          Map.of(),
          SubscriberVerification.class,
          Map.of(),
          WhiteboxVerification.class,
          Map.of(),
          GeneratorPublisherVerification.class,
          Map.of(
              "optional_spec111_maySupportMultiSubscribe",
              ONE,
              "optional_spec111_registeredSubscribersMustReceiveOnNextOrOnCompleteSignals",
              ONE,
              MULTICAST + "OneByOne",
              ONE,
              MULTICAST + "ManyUpfront",
              ONE,
              MULTICAST + "ManyUpfrontAndCompleteAsExpected",
              ONE));

  @ParameterizedTest
  @ValueSource(
      classes = {
        PublisherVerification.class,
        GeneratorPublisherVerification.class,
        SubscriberVerification.class,
        WhiteboxVerification.class
      })
  void rulesAreKept(Class<?> verification) {
    Tck tck = Tck.of(verification);
    assertEquals(List.of(), tck.failed());
    Map<String, String> skipped = new TreeMap<>(tck.skipped());
    skipped.values().removeIf(reason -> reason.startsWith(UNTESTED));
    assertEquals(SKIPPED.get(verification).keySet(), skipped.keySet(), skipped.toString());
    assertTrue(tck.passed() > 10);
  }
}
