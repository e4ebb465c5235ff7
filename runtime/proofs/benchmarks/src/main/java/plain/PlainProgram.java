package plain;

import java.util.Iterator;
import java.util.concurrent.CompletableFuture;

/** A small program without coroutines: adds up numbers from an iterator and from a future. */
public final class PlainProgram {
  private static final int NUMBERS = 10;

  private PlainProgram() {}

  /** Prints the sum. */
  public static void main(String[] args) {
    long sum = 0;
    for (Iterator<Integer> i = numbers(); i.hasNext(); ) {
      sum += i.next();
    }
    System.out.println(CompletableFuture.completedFuture(sum).thenApply(s -> s + 1).join());
  }

  private static Iterator<Integer> numbers() {
    return new Iterator<>() {
      private int next;

      @Override
      public boolean hasNext() {
        return next < NUMBERS;
      }

      @Override
      public Integer next() {
        return next++;
      }
    };
  }
}
