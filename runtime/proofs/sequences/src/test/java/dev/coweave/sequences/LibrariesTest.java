package dev.coweave.sequences;

import static dev.coweave.task.Task.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.coweave.Coroutine;
import dev.coweave.flow.AsyncGenerator;
import dev.coweave.generator.Generator;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.schedulers.Schedulers;
import io.smallrye.mutiny.Multi;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.FlowAdapters;
import reactor.adapter.JdkFlowAdapter;
import reactor.core.publisher.Flux;

/** Async generators beside the libraries that speak Reactive Streams, both ways. */
@Timeout(300)
class LibrariesTest {
  private static final List<Long> HUNDRED =
      LongStream.range(0, 100).boxed().collect(Collectors.toList());

  @Coroutine
  private static <T> List<T> all(AsyncGenerator<? extends T> elements) {
    List<T> list = new ArrayList<>();
    elements.forEach(list::add);
    return list;
  }

  /** Publishers are the loop's, whose subscribers are other threads'. */
  private static <T> T withPublisher(Function<Flow.Publisher<Long>, T> use) throws Exception {
    try (EventLoop loop = EventLoop.open("publisher")) {
      return use.apply(loop.start(() -> Numbers.published(100)).join());
    }
  }

  private interface Function<T, R> {
    R apply(T value) throws Exception;
  }

  // ---- Reactor

  @Test
  void reactor_takesAPublisher_asFastAsItRequests() throws Exception {
    assertEquals(
        HUNDRED,
        withPublisher(
            p -> JdkFlowAdapter.flowPublisherToFlux(p).limitRate(7).collectList().block()));
  }

  @Test
  void reactor_givesAFlux() throws Exception {
    Flux<Long> flux = Flux.range(0, 100).map(i -> (long) i).delayElements(Duration.ofNanos(1));
    assertEquals(
        HUNDRED,
        EventLoop.run(() -> all(AsyncGenerator.of(JdkFlowAdapter.publisherToFlowPublisher(flux)))));
  }

  @Test
  void reactor_cancels_andFinallyRuns() throws Exception {
    CompletableFuture<String> ended = new CompletableFuture<>();
    try (EventLoop loop = EventLoop.open("publisher")) {
      Flow.Publisher<Integer> p = loop.start(() -> endless(ended)).join();
      assertEquals(
          List.of(0, 1, 2), JdkFlowAdapter.flowPublisherToFlux(p).take(3).collectList().block());
      assertEquals("waited in finally", ended.get(300, TimeUnit.SECONDS));
    }
  }

  @Coroutine
  private static Flow.Publisher<Integer> endless(CompletableFuture<String> ended) {
    try {
      for (int i = 0; ; i++) {
        Generator.yield(i);
      }
    } finally {
      Task.yield();
      ended.complete("waited in finally");
    }
  }

  @Test
  void reactor_failsAsTheGeneratorDoes_andTheOtherWayRound() throws Exception {
    try (EventLoop loop = EventLoop.open("publisher")) {
      Flow.Publisher<Integer> p = loop.start(() -> failing()).join();
      Flux<Integer> flux = JdkFlowAdapter.flowPublisherToFlux(p);
      IllegalStateException e =
          assertThrows(IllegalStateException.class, () -> flux.collectList().block());
      assertEquals("boom", e.getMessage());
    }
    Flux<Integer> failed = Flux.concat(Flux.just(1), Flux.error(new IOException("flux")));
    IOException e =
        assertThrows(
            IOException.class,
            () ->
                EventLoop.run(
                    () -> all(AsyncGenerator.of(JdkFlowAdapter.publisherToFlowPublisher(failed)))));
    assertEquals("flux", e.getMessage());
  }

  @Coroutine
  private static Flow.Publisher<Integer> failing() {
    Generator.yield(1);
    Task.yield();
    throw new IllegalStateException("boom");
  }

  // ---- RxJava

  @Test
  void rxJava_takesAPublisher() throws Exception {
    assertEquals(
        HUNDRED,
        withPublisher(
            p ->
                Flowable.fromPublisher(FlowAdapters.toPublisher(p))
                    .observeOn(Schedulers.computation(), false, 5)
                    .toList()
                    .blockingGet()));
  }

  @Test
  void rxJava_givesAFlowable() throws Exception {
    Flowable<Long> flowable =
        Flowable.rangeLong(0, 100).subscribeOn(Schedulers.io()).observeOn(Schedulers.single());
    assertEquals(
        HUNDRED,
        EventLoop.run(() -> all(AsyncGenerator.of(FlowAdapters.toFlowPublisher(flowable)))));
  }

  // ---- Mutiny, which speaks Flow itself

  @Test
  void mutiny_takesAPublisher() throws Exception {
    assertEquals(
        HUNDRED,
        withPublisher(
            p -> Multi.createFrom().publisher(p).collect().asList().await().indefinitely()));
  }

  @Test
  void mutiny_givesAMulti() throws Exception {
    Multi<Long> multi = Multi.createFrom().items(HUNDRED.stream());
    assertEquals(HUNDRED, EventLoop.run(() -> all(AsyncGenerator.of(multi))));
  }

  // ---- the JDK

  @Test
  void submissionPublisher_isConsumed_whileItSubmits() throws Exception {
    try (SubmissionPublisher<Long> publisher = new SubmissionPublisher<>(Runnable::run, 2)) {
      List<Long> got =
          EventLoop.run(
              () -> {
                AsyncGenerator<Long> elements = AsyncGenerator.of((Flow.Publisher<Long>) publisher);
                Task<List<Long>> consumer = Task.start(() -> all(elements));
                while (!publisher.hasSubscribers()) {
                  Task.yield();
                }
                Task.blocking(
                    () -> {
                      HUNDRED.forEach(publisher::submit);
                      publisher.close();
                      return null;
                    });
                return consumer.await();
              });
      assertEquals(HUNDRED, got);
    }
  }

  /** The JDK's, between a publisher of ours and a sequence of ours. */
  private static final class Doubling extends SubmissionPublisher<Long>
      implements Flow.Processor<Long, Long> {
    private Flow.Subscription subscription;

    Doubling() {
      super(Runnable::run, 4);
    }

    @Override
    public void onSubscribe(Flow.Subscription s) {
      subscription = s;
      s.request(1);
    }

    @Override
    public void onNext(Long item) {
      submit(2 * item);
      subscription.request(1);
    }

    @Override
    public void onError(Throwable failure) {
      closeExceptionally(failure);
    }

    @Override
    public void onComplete() {
      close();
    }
  }

  @Test
  void submissionPublisher_subscribesToAPublisher_andIsConsumed() throws Exception {
    try (Doubling doubling = new Doubling()) {
      CompletableFuture<List<Long>> consumed =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return EventLoop.run(
                      () -> all(AsyncGenerator.of((Flow.Publisher<Long>) doubling)));
                } catch (Exception e) {
                  throw new AssertionError(e);
                }
              });
      while (!doubling.hasSubscribers()) {
        Thread.onSpinWait();
      }
      List<Long> alsoConsumed = new ArrayList<>();
      CompletableFuture<Void> end = doubling.consume(alsoConsumed::add);
      withPublisher(
          p -> {
            p.subscribe(doubling);
            return end.get(300, TimeUnit.SECONDS);
          });
      List<Long> doubled = HUNDRED.stream().map(n -> 2 * n).toList();
      assertEquals(doubled, alsoConsumed);
      assertEquals(doubled, consumed.get(300, TimeUnit.SECONDS));
    }
  }

  @Test
  void httpClient_sendsAndReceivesBodies() throws Exception {
    HttpServer server = HttpServer.create(new InetSocketAddress("localhost", 0), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          exchange.sendResponseHeaders(200, 0);
          try (var out = exchange.getResponseBody()) {
            out.write(body);
          }
        });
    server.start();
    try {
      URI uri = URI.create("http://localhost:" + server.getAddress().getPort() + "/");
      String echoed = EventLoop.run(() -> echo(HttpClient.newHttpClient(), uri));
      assertTrue(echoed.startsWith("line 0\nline 1\n"), echoed);
      assertEquals(1000, echoed.lines().count());
    } finally {
      server.stop(0);
    }
  }

  @Coroutine
  private static String echo(HttpClient client, URI uri) {
    HttpRequest request =
        HttpRequest.newBuilder(uri).POST(BodyPublishers.fromPublisher(lines(1000))).build();
    HttpResponse<Flow.Publisher<List<ByteBuffer>>> response =
        await(client.sendAsync(request, BodyHandlers.ofPublisher()));
    StringBuilder text = new StringBuilder();
    AsyncGenerator.of(response.body())
        .forEach(
            buffers -> {
              for (ByteBuffer b : buffers) {
                text.append(StandardCharsets.UTF_8.decode(b));
              }
            });
    return text.toString();
  }

  @Coroutine
  private static Flow.Publisher<ByteBuffer> lines(int n) {
    for (int i = 0; i < n; i++) {
      Task.yield();
      Generator.yield(ByteBuffer.wrap(("line " + i + "\n").getBytes(StandardCharsets.UTF_8)));
    }
    return AsyncGenerator.end();
  }
}
