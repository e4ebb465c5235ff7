package dev.coweave.agent;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks what may never answer: a JVM that is suspended takes a question and says nothing, and the JDK waits for it without end. */
final class Patience {
  private Patience() {}

  /**
   * The answer to a question, which a thread of its own asks. That is left behind, as a daemon, if no answer comes.
   *
   * @param limit how long to wait
   * @param question any
   * @throws TimeoutException if there is no answer by then
   * @throws ExecutionException its cause is what the question threw
   */
  static <T> T answer(Duration limit, Callable<T> question)
      throws ExecutionException, TimeoutException, InterruptedException {
    FutureTask<T> answer = new FutureTask<>(question);
    Thread asks = new Thread(answer, "coweave-question");
    asks.setDaemon(true);
    asks.start();
    return answer.get(limit.toNanos(), TimeUnit.NANOSECONDS);
  }
}
