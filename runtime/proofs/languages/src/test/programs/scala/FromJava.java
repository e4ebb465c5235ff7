package languages;

import dev.coweave.Coroutine;
import dev.coweave.languages.Gives;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Calls what scalac makes for Java. */
public class FromJava {
  @Gives("6 0 24 24")
  @Coroutine
  public String arrays() {
    Sums sums = new Sums();
    return sums.sum(1, 2, 3) + " " + sums.sum() + " " + Sums.product(2, 3, 4) + " " + Sums$.MODULE$.product(4, 6);
  }

  @Gives("false 12")
  public String asyncMethods() throws Exception {
    CompletableFuture<Integer> gate = new CompletableFuture<>();
    CompletableFuture<Integer> begun = new Sums().begin(gate, "a", "b");
    boolean before = begun.isDone();
    gate.complete(10);
    return before + " " + begun.get(5, TimeUnit.SECONDS);
  }
}
