package dev.coweave.sequences;

import dev.coweave.flow.AsyncGenerator;
import dev.coweave.loop.EventLoop;
import java.util.concurrent.Flow;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.flow.FlowPublisherVerification;

/** {@code AsyncGenerator.publisher()}, outside any loop. */
public class GeneratorPublisherVerification extends FlowPublisherVerification<Long> {
  public GeneratorPublisherVerification() {
    super(new TestEnvironment(300, 50));
  }

  @Override
  public Flow.Publisher<Long> createFlowPublisher(long n) {
    return Numbers.generated(n).map(i -> i + 1).publisher();
  }

  /** Its elements were given to another. */
  @Override
  public Flow.Publisher<Long> createFailedFlowPublisher() {
    AsyncGenerator<Long> g = Numbers.generated(1);
    try (EventLoop ended = EventLoop.open("ended")) {
      return ended.start(() -> g.publisher()).join();
    }
  }
}
