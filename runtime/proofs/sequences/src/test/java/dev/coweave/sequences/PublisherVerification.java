package dev.coweave.sequences;

import dev.coweave.loop.EventLoop;
import java.util.concurrent.Flow;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.flow.FlowPublisherVerification;
import org.testng.annotations.AfterClass;

/** Methods that return {@link Flow.Publisher}, on a loop. */
public class PublisherVerification extends FlowPublisherVerification<Long> {
  private final EventLoop loop = EventLoop.open("publishers");

  public PublisherVerification() {
    super(new TestEnvironment(300, 50));
  }

  @AfterClass
  void close() {
    loop.shutdownNow();
  }

  @Override
  public Flow.Publisher<Long> createFlowPublisher(long n) {
    return loop.start(() -> Numbers.published(n)).join();
  }

  /** Its home has ended. */
  @Override
  public Flow.Publisher<Long> createFailedFlowPublisher() {
    try (EventLoop ended = EventLoop.open("ended")) {
      return ended.start(() -> Numbers.published(1)).join();
    }
  }
}
