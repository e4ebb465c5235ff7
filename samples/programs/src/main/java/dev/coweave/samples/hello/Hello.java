package dev.coweave.samples.hello;

import static dev.coweave.task.Task.await;

import dev.coweave.Coroutine;
import dev.coweave.generator.Generator;
import dev.coweave.task.Task;
import java.io.IOException;
import java.time.Duration;

/** The two words that Java lacks; {@link HelloByHand} is the same program without them. */
public final class Hello {
  private Hello() {}

  @Coroutine
  static Generator<String> inOrder(Tree tree) {
    if (tree != null) {
      Generator.yieldAll(inOrder(tree.left()));
      Generator.yield(tree.value());
      Generator.yieldAll(inOrder(tree.right()));
    }
    return Generator.end();
  }

  @Coroutine
  static String ask(Oracle oracle, String question) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        return await(oracle.ask(question), IOException.class);
      } catch (IOException e) {
        if (attempt == 3) {
          throw e;
        }
        Task.sleep(Duration.ofMillis(50));
      }
    }
  }

  /**
   * Prints a tree in order, and what the oracle says.
   *
   * @param args are ignored
   * @throws IOException when the oracle stays busy
   */
  @Coroutine
  public static void main(String[] args) throws IOException {
    for (String fruit : inOrder(Tree.FRUIT)) {
      System.out.println(fruit);
    }
    System.out.println(ask(new Oracle(), "life, the universe and everything"));
  }
}
