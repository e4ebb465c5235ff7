package dev.coweave.samples.tokens;

import dev.coweave.Coroutine;
import dev.coweave.flow.AsyncGenerator;
import dev.coweave.generator.Generator;
import dev.coweave.task.Task;
import java.time.Duration;
import java.util.concurrent.Flow;

/** A model that makes a token at a time, and what stands between it and a reader: sentences, a limit, a time-out. */
public final class Tokens {
  private static final String[] TEXT =
      "A coroutine waits . Others run . It goes on where it was . Nobody noticed .".split(" ");

  private Tokens() {}

  /** What a library would give: any subscriber gets tokens as fast as it asks. */
  @Coroutine
  static Flow.Publisher<String> model(String... text) {
    int made = 0;
    try {
      for (String token : text) {
        Task.sleep(Duration.ofMillis(5));
        made++;
        Generator.yield(token);
      }
    } finally {
      System.out.println("(made " + made + " tokens)");
    }
    return AsyncGenerator.end();
  }

  /** Tokens to sentences. */
  @Coroutine
  static AsyncGenerator<String> sentences(Flow.Publisher<String> tokens) {
    StringBuilder sentence = new StringBuilder();
    try (AsyncGenerator<String> all = AsyncGenerator.of(tokens)) {
      while (all.hasNext()) {
        String token = all.next();
        if (token.equals(".")) {
          Generator.yield(sentence + ".");
          sentence.setLength(0);
        } else {
          sentence.append(sentence.length() == 0 ? "" : " ").append(token);
        }
      }
    }
    return AsyncGenerator.end();
  }

  /**
   * Reads a whole answer, then two sentences of one, then one that takes too long.
   *
   * @param args are ignored
   */
  @Coroutine
  public static void main(String[] args) {
    sentences(model(TEXT)).forEach(System.out::println);
    sentences(model(TEXT)).take(2).forEach(System.out::println);
    Task.sleep(Duration.ofMillis(50)); // the model ends in a task of its own
    AsyncGenerator<String> stuck =
        AsyncGenerator.of(model("Well", ","))
            .map(
                token -> {
                  Task.sleep(Duration.ofHours(1));
                  return token;
                });
    try {
      stuck.timeout(Duration.ofMillis(100)).forEach(System.out::println);
    } catch (Exception e) { // hasNext and forEach declare none of what bodies throw
      System.out.println(e.getMessage());
    }
    Task.sleep(Duration.ofMillis(50));
  }
}
