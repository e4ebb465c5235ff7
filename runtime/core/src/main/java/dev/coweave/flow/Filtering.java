package dev.coweave.flow;

import dev.coweave.CoroutinePredicate;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.Woven;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code AsyncGenerator.filter}. */
final class Filtering<T extends @Nullable Object> extends Operator<T> {
  private static final Operation OPERATION =
      Operation.behind(Filtering.class, "AsyncGenerator.filter");

  private static final int ASKING = 3;
  private static final int IN_TEST = 4;

  private final AsyncGenerator<T> source;
  private final CoroutinePredicate<? super T> test;
  private final boolean woven;

  /** What is tested while that waits. */
  private @Nullable Object tested;

  Filtering(AsyncGenerator<T> source, CoroutinePredicate<? super T> test) {
    super(OPERATION, List.of(source));
    this.source = source;
    this.test = test;
    this.woven = Woven.is(test);
  }

  @Override
  boolean run(int at, Continuation c) throws Exception {
    if (at == IN_TEST && c.takeInt() != 0) {
      return yieldsTested();
    }
    boolean more = at == ASKING ? c.takeInt() != 0 : source.hasNext(deeper(c));
    while (more && !c.suspended) {
      T element = source.next(c);
      boolean passes = woven ? test.test(element, deeper(c)) : test.test(element);
      if (c.suspended) {
        tested = element;
        return stops(IN_TEST);
      }
      if (passes) {
        return yields(element);
      }
      more = source.hasNext(deeper(c));
    }
    return c.suspended && stops(ASKING);
  }

  private boolean yieldsTested() {
    Object element = tested;
    tested = null;
    return yields(element);
  }

  @Override
  protected void clear() {
    super.clear();
    tested = null;
  }
}
