package dev.coweave.sequences;

import dev.coweave.Coroutine;
import dev.coweave.flow.AsyncGenerator;
import dev.coweave.loop.EventLoop;
import dev.coweave.sync.Semaphore;
import dev.coweave.task.Task;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.reactivestreams.tck.SubscriberWhiteboxVerification.SubscriberPuppet;
import org.reactivestreams.tck.SubscriberWhiteboxVerification.WhiteboxSubscriberProbe;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.flow.FlowSubscriberWhiteboxVerification;
import org.testng.annotations.AfterClass;

/** What {@code AsyncGenerator.of(publisher)} subscribes with, seen from inside: its consumer asks when the TCK says so, and is cancelled when it says so. */
public class WhiteboxVerification extends FlowSubscriberWhiteboxVerification<Integer> {
  private final EventLoop loop = EventLoop.open("whitebox");

  public WhiteboxVerification() {
    super(new TestEnvironment(300, 50));
  }

  @AfterClass
  void close() {
    loop.shutdownNow();
  }

  /** Asks for one element, and for one more at each permit. */
  @Coroutine
  private static void consume(AsyncGenerator<Integer> elements, Semaphore permits) {
    while (elements.hasNext()) {
      elements.next();
      permits.acquire();
    }
  }

  @Override
  protected Flow.Subscriber<Integer> createFlowSubscriber(WhiteboxSubscriberProbe<Integer> probe) {
    CompletableFuture<Flow.Subscriber<? super Integer>> subscriber = new CompletableFuture<>();
    Semaphore permits = new Semaphore(0);
    Flow.Publisher<Integer> publisher = subscriber::complete;
    AsyncGenerator<Integer> elements = AsyncGenerator.of(publisher);
    Task<Void> consumer = loop.start(() -> consume(elements, permits));
    var unused = consumer.exceptionally(failure -> null);
    return new Probed(subscriber.join(), probe, permits, consumer);
  }

  @Override
  public Integer createElement(int i) {
    return i;
  }

  /** Tells the TCK of each signal that the subscriber has got. */
  private record Probed(
      Flow.Subscriber<? super Integer> subscriber,
      WhiteboxSubscriberProbe<Integer> probe,
      Semaphore permits,
      Task<Void> consumer)
      implements Flow.Subscriber<Integer> {
    @Override
    public void onSubscribe(Flow.Subscription s) {
      subscriber.onSubscribe(s);
      probe.registerOnSubscribe(
          new SubscriberPuppet() {
            @Override
            public void triggerRequest(long n) {
              for (long i = 0; i < n; i++) {
                permits.release();
              }
            }

            @Override
            public void signalCancel() {
              consumer.cancel(false);
            }
          });
    }

    @Override
    public void onNext(Integer item) {
      subscriber.onNext(item);
      probe.registerOnNext(item);
    }

    @Override
    public void onError(Throwable t) {
      subscriber.onError(t);
      probe.registerOnError(t);
    }

    @Override
    public void onComplete() {
      subscriber.onComplete();
      probe.registerOnComplete();
    }
  }
}
