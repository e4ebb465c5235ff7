package dev.coweave.sequences;

import dev.coweave.flow.AsyncGenerator;
import dev.coweave.loop.EventLoop;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.flow.FlowSubscriberBlackboxVerification;
import org.testng.annotations.AfterClass;

/** What {@code AsyncGenerator.of(publisher)} subscribes with, for a consumer that takes all. */
public class SubscriberVerification extends FlowSubscriberBlackboxVerification<Integer> {
  private final EventLoop loop = EventLoop.open("subscribers");

  public SubscriberVerification() {
    super(new TestEnvironment(300, 50));
  }

  @AfterClass
  void close() {
    loop.shutdownNow();
  }

  @Override
  public Flow.Subscriber<Integer> createFlowSubscriber() {
    CompletableFuture<Flow.Subscriber<? super Integer>> subscriber = new CompletableFuture<>();
    Flow.Publisher<Integer> publisher = subscriber::complete;
    AsyncGenerator<Integer> elements = AsyncGenerator.of(publisher);
    var unused = loop.start(() -> elements.forEach(i -> {})).exceptionally(failure -> null);
    @SuppressWarnings("unchecked") // it takes any
    Flow.Subscriber<Integer> s = (Flow.Subscriber<Integer>) subscriber.join();
    return s;
  }

  @Override
  public Integer createElement(int i) {
    return i;
  }
}
