package dev.coweave.samples.hello;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * {@link Hello} as Java has it: the tree's recursion becomes a stack, the loop with its try and
 * catch a chain of callbacks.
 */
public final class HelloByHand {
  private HelloByHand() {}

  static final class InOrder implements Iterator<String> {
    private final Deque<Tree> path = new ArrayDeque<>();

    InOrder(Tree tree) {
      descend(tree);
    }

    private void descend(Tree tree) {
      for (Tree t = tree; t != null; t = t.left()) {
        path.push(t);
      }
    }

    @Override
    public boolean hasNext() {
      return !path.isEmpty();
    }

    @Override
    public String next() {
      Tree tree = path.pop();
      descend(tree.right());
      return tree.value();
    }
  }

  static CompletableFuture<String> ask(Oracle oracle, String question, int attempt) {
    return oracle
        .ask(question)
        .exceptionallyCompose(failure -> askAgain(oracle, question, attempt, failure));
  }

  private static CompletableFuture<String> askAgain(
      Oracle oracle, String question, int attempt, Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (!(cause instanceof IOException) || attempt == 3) {
      return CompletableFuture.failedFuture(cause);
    }
    Executor later = CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS);
    return CompletableFuture.supplyAsync(() -> ask(oracle, question, attempt + 1), later)
        .thenCompose(future -> future);
  }

  /**
   * Prints the same as {@link Hello#main}.
   *
   * @param args are ignored
   */
  public static void main(String[] args) {
    for (Iterator<String> fruits = new InOrder(Tree.FRUIT); fruits.hasNext(); ) {
      System.out.println(fruits.next());
    }
    System.out.println(ask(new Oracle(), "life, the universe and everything", 1).join());
  }
}
