package dev.coweave.weave.programs;

import dev.coweave.Coroutine;
import dev.coweave.generator.Generator;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.Stream;

/** The protocol of generators: that of PEP 342 (send, throw, close) and PEP 380 (yield from), where Java has no better way. */
public class Protocol {
  private static final List<String> LOG = new ArrayList<>();

  interface Act {
    Object run() throws Throwable;
  }

  /** What an act gives, or throws. */
  static String out(Act a) {
    try {
      return String.valueOf(a.run());
    } catch (Throwable t) {
      String cause = t.getCause() == null ? "" : " <- " + t.getCause().getClass().getSimpleName();
      return t.getClass().getSimpleName() + "(" + t.getMessage() + ")" + cause;
    }
  }

  static String log(Act a) {
    LOG.clear();
    String result = out(a);
    return result + " " + LOG;
  }

  /** Gives what is sent, until that is "end". */
  @Coroutine
  static Generator<Object> echo() {
    Object sent = "first";
    do {
      sent = Generator.yield(sent);
    } while (!"end".equals(sent));
    return Generator.end("ended");
  }

  /** The same by calls of a suspending method: its yields save frames. */
  @Coroutine
  static Generator<Object> echoByCalls() {
    Object sent = "first";
    do {
      sent = yieldIn(3, sent);
    } while (!"end".equals(sent));
    return Generator.end("ended");
  }

  @Coroutine
  static Object yieldIn(int depth, Object value) {
    if (depth > 0) {
      return yieldIn(depth - 1, value);
    }
    Object sent = Generator.yield(value);
    return sent;
  }

  @Coroutine
  static Generator<Integer> numbers(int n) {
    for (int i = 0; i < n; i++) {
      Generator.yield(i);
    }
    return Generator.end("sum of " + n);
  }

  @Coroutine
  static Generator<String> cleaning(String name) {
    try {
      Generator.yield(name + "1");
      Generator.yield(name + "2");
    } catch (IllegalArgumentException e) {
      LOG.add(name + " caught " + e.getMessage());
      Generator.yield(name + "3");
    } finally {
      LOG.add(name + " finally");
    }
    return Generator.end(name + " result");
  }

  // ---- send

  @Gives(
      "IllegalStateException(send to a fresh generator: no yield is there to take the value; call next() first) first a null b")
  static String send_toAFreshOne_failsAndItStaysFresh() {
    Generator<Object> g = echo();
    return out(() -> g.send("x"))
        + " "
        + g.next()
        + " "
        + g.send("a")
        + " "
        + g.next()
        + " "
        + g.send("b");
  }

  @Gives("first a null")
  static String sendNull_isNext() {
    Generator<Object> g = echo();
    return g.send(null) + " " + g.send("a") + " " + g.send(null);
  }

  @Gives("first a null b NoSuchElementException(the generator has ended) ended")
  static String send_toAYieldInANestedCall() {
    Generator<Object> g = echoByCalls();
    return g.next()
        + " "
        + g.send("a")
        + " "
        + g.next()
        + " "
        + g.send("b")
        + " "
        + out(() -> g.send("end"))
        + " "
        + g.result();
  }

  @Gives(
      "NoSuchElementException(the generator has ended) NoSuchElementException(the generator has ended) ended")
  static String send_toAFinishedOne() {
    Generator<Object> g = echo();
    g.next();
    return out(() -> g.send("end")) + " " + out(() -> g.send("x")) + " " + g.result();
  }

  // ---- hasNext runs ahead

  @Gives(
      "true IllegalStateException(send after hasNext(): the generator has run one step ahead; call next() first)"
          + " IllegalStateException(raise after hasNext(): the generator has run one step ahead; call next() first) first a")
  static String hasNext_runsAhead() {
    Generator<Object> g = echo();
    return g.hasNext()
        + " "
        + out(() -> g.send("x"))
        + " "
        + out(() -> g.raise(new IOException()))
        + " "
        + g.next()
        + " "
        + g.send("a");
  }

  @Gives("true true 0 false false NoSuchElementException(the generator has ended)")
  static String hasNext_asOftenAsYouLike() {
    Generator<Integer> g = numbers(1);
    return g.hasNext()
        + " "
        + g.hasNext()
        + " "
        + g.next()
        + " "
        + g.hasNext()
        + " "
        + g.hasNext()
        + " "
        + out(g::next);
  }

  @Gives("true 0 null [a finally]")
  static String close_afterHasNext_dropsTheElement() {
    return log(
        () -> {
          Generator<String> g = cleaning("a");
          String s = g.hasNext() + " ";
          g.close();
          return s + g.stream().count() + " " + g.result();
        });
  }

  // ---- raise

  @Gives("IOException(x) false null")
  static String raise_onAFreshOne_finishesIt_noBodyRuns() {
    Generator<Integer> g = numbers(3);
    return out(() -> g.raise(new IOException("x"))) + " " + g.hasNext() + " " + g.result();
  }

  @Gives("a1 a3 [a caught x] NoSuchElementException(the generator has ended) a result [a finally]")
  static String raise_thatTheBodyCatches() {
    Generator<String> g = cleaning("a");
    return g.next()
        + " "
        + log(() -> g.raise(new IllegalArgumentException("x")))
        + " "
        + log(() -> out(g::next) + " " + g.result());
  }

  @Gives("IOException(x) [a finally] false null IOException(y)")
  static String raise_thatTheBodyDoesNotCatch_isThrownAsItIs() {
    Generator<String> g = cleaning("a");
    g.next();
    return log(() -> g.raise(new IOException("x")))
        + " "
        + g.hasNext()
        + " "
        + g.result()
        + " "
        + out(() -> g.raise(new IOException("y")));
  }

  @Coroutine
  static Generator<Integer> catching() {
    try {
      Generator.yield(1);
    } catch (Exception e) {
      return Generator.end(e.getMessage());
    }
    return null;
  }

  @Gives("NoSuchElementException(the generator has ended) x")
  static String raise_thatEndsTheBody() {
    Generator<Integer> g = catching();
    g.next();
    return out(() -> g.raise(new IOException("x"))) + " " + g.result();
  }

  @Coroutine
  static Generator<Integer> catchingInANestedCall() {
    yieldOrCatch(2);
    Generator.yield(3);
    return null;
  }

  @Coroutine
  static void yieldOrCatch(int depth) {
    try {
      if (depth > 0) {
        yieldOrCatch(depth - 1);
      } else {
        Generator.yield(1);
      }
    } catch (IllegalArgumentException e) {
      LOG.add("caught at " + depth);
      if (depth < 2) {
        throw e;
      }
      Generator.yield(2);
    }
  }

  @Gives("2 3 [caught at 0, caught at 1, caught at 2]")
  static String raise_atAYieldInANestedCall_passesThroughTheCalls() {
    Generator<Integer> g = catchingInANestedCall();
    g.next();
    return log(() -> g.raise(new IllegalArgumentException("x")) + " " + g.next());
  }

  @Gives("NullPointerException(t) 0")
  static String raise_null() {
    Generator<Integer> g = numbers(1);
    return out(() -> g.raise(null)) + " " + g.next();
  }

  // ---- close

  @Gives("null [] false")
  static String close_onAFreshOne_noBodyRuns() {
    Generator<String> g = cleaning("a");
    return log(
            () -> {
              g.close();
              return g.result();
            })
        + " "
        + g.hasNext();
  }

  @Gives("null [a finally] null [] NoSuchElementException(the generator has ended)")
  static String close_runsFinallyBlocks_once() {
    Generator<String> g = cleaning("a");
    g.next();
    Act close =
        () -> {
          g.close();
          return g.result();
        };
    return log(close) + " " + log(close) + " " + out(g::next);
  }

  @Coroutine
  static Generator<Integer> yieldsInFinally() {
    try {
      Generator.yield(1);
    } finally {
      Generator.yield(2);
      LOG.add("after the yield");
    }
    return null;
  }

  @Gives(
      "IllegalStateException(the generator yielded while it was closed; don't yield in a finally block or catch Throwable around a yield) []"
          + " null []")
  static String close_ofABodyThatYieldsInFinally() {
    Generator<Integer> g = yieldsInFinally();
    g.next();
    Act close =
        () -> {
          g.close();
          return null;
        };
    return log(close) + " " + log(close);
  }

  @Coroutine
  static Generator<Integer> throwsInFinally() {
    try {
      Generator.yield(1);
    } finally {
      if (LOG.isEmpty()) {
        throw new IllegalStateException("from finally");
      }
    }
    return null;
  }

  @Gives("IllegalStateException(from finally) [] false")
  static String close_ofABodyThatThrows_throwsThat() {
    Generator<Integer> g = throwsInFinally();
    g.next();
    return log(
            () -> {
              g.close();
              return null;
            })
        + " "
        + g.hasNext();
  }

  @Coroutine
  static Generator<Integer> swallows() {
    try {
      Generator.yield(1);
    } catch (Throwable t) {
      LOG.add("swallowed " + t.getMessage());
    }
    return Generator.end("r");
  }

  @Gives("null [swallowed the generator was closed] r")
  static String close_ofABodyThatEnds_givesItsResult() {
    Generator<Integer> g = swallows();
    g.next();
    return log(
            () -> {
              g.close();
              return null;
            })
        + " "
        + g.result();
  }

  @Gives("[a1] null [a finally]")
  static String tryWithResources_closes() {
    LOG.clear();
    List<String> got = new ArrayList<>();
    try (Generator<String> g = cleaning("a")) {
      got.add(g.next());
    }
    return got + " null " + LOG;
  }

  // ---- failures

  @Coroutine
  static Generator<Integer> failing(Throwable t) throws Throwable {
    Generator.yield(1);
    throw t;
  }

  @Gives("IOException(x) false NoSuchElementException(the generator has ended) null")
  static String aFailure_finishesIt_andIsThrownAsItIs() throws Throwable {
    Generator<Integer> g = failing(new IOException("x"));
    g.next();
    return out(g::next) + " " + g.hasNext() + " " + out(g::next) + " " + g.result();
  }

  @Gives(
      "IllegalStateException(the generator's body threw java.util.NoSuchElementException: mine) <- NoSuchElementException false")
  static String noSuchElementExceptionOfTheBody_isWrapped() throws Throwable {
    Generator<Integer> g = failing(new NoSuchElementException("mine"));
    g.next();
    return out(g::next) + " " + g.hasNext();
  }

  @Gives(
      "NoSuchElementException(mine) IllegalStateException(the generator's body threw java.util.NoSuchElementException: mine) <- NoSuchElementException")
  static String noSuchElementException_raised() {
    Generator<Integer> fresh = numbers(1);
    Generator<Integer> suspended = numbers(2);
    suspended.next();
    return out(() -> fresh.raise(new NoSuchElementException("mine")))
        + " "
        + out(() -> suspended.raise(new NoSuchElementException("mine")));
  }

  @Coroutine
  static Generator<Integer> returnsAValue() {
    Generator.yield(1);
    return numbers(2);
  }

  @Gives(
      "1 IllegalStateException(a generator returned dev.coweave.weave.programs.Protocol$$numbers; end it by 'return Generator.end();' or 'return null;')")
  static String returningAnythingButTheEnd_isAnError() {
    Generator<Integer> g = returnsAValue();
    return g.next() + " " + out(g::next);
  }

  // ---- result

  @Gives(
      "IllegalStateException(the generator has not ended: no result yet) IllegalStateException(the generator has not ended: no result yet) sum of 1")
  static String result_onlyWhenItHasEnded() {
    Generator<Integer> g = numbers(1);
    String fresh = out(g::result);
    g.next();
    return fresh
        + " "
        + out(g::result)
        + " "
        + g.stream().map(String::valueOf).toList().stream().findAny().orElse(g.result());
  }

  @Gives("null null")
  static String result_isNull_withoutOne() {
    Generator<Integer> g = numbers(2);
    g.close();
    Generator<Object> h = Generator.of(() -> {});
    boolean unused = h.hasNext();
    return g.result() + " " + h.result();
  }

  // ---- re-entry

  private Generator<Object> self;

  @Coroutine
  Generator<Object> reentrant(Act act) {
    Generator.yield("ready");
    Generator.yield(out(act));
    return null;
  }

  @Coroutine
  Generator<Object> reentrantInANestedCall(Act act) {
    Generator.yield("ready");
    nested(act);
    return null;
  }

  @Coroutine
  void nested(Act act) {
    yieldIn(1, "before");
    Generator.yield(out(act));
  }

  @Gives("IllegalStateException(the generator is running: its body can't ask itself for elements)")
  String reentry_byNext() {
    return reenter(() -> self.next());
  }

  @Gives("IllegalStateException(the generator is running: its body can't ask itself for elements)")
  String reentry_byHasNext() {
    return reenter(() -> self.hasNext());
  }

  @Gives("IllegalStateException(the generator is running: its body can't ask itself for elements)")
  String reentry_bySend() {
    return reenter(() -> self.send("x"));
  }

  @Gives("IllegalStateException(the generator is running: its body can't ask itself for elements)")
  String reentry_byRaise() {
    return reenter(() -> self.raise(new IOException()));
  }

  @Gives("IllegalStateException(the generator is running: its body can't ask itself for elements)")
  String reentry_byClose() {
    return reenter(
        () -> {
          self.close();
          return null;
        });
  }

  private String reenter(Act act) {
    self = reentrant(act);
    self.next();
    String direct = String.valueOf(self.next());
    self = reentrantInANestedCall(act);
    self.next();
    self.next();
    String nested = String.valueOf(self.next());
    return direct.equals(nested) ? direct : direct + " but nested " + nested;
  }

  @Coroutine
  Generator<Object> yieldsAllOfItself() {
    Generator.yield("ready");
    Generator.yieldAll(self);
    return null;
  }

  @Gives("IllegalStateException(the generator is running: its body can't ask itself for elements)")
  String yieldAll_ofItself() {
    self = yieldsAllOfItself();
    self.next();
    return out(self::next);
  }

  // ---- yieldAll

  @Coroutine
  static Generator<Object> outer(Object inner) {
    Generator.yield("(");
    Object result;
    if (inner instanceof Generator<?> g) {
      result = Generator.yieldAll(g);
    } else if (inner instanceof Iterator<?> i) {
      result = Generator.yieldAll(i);
    } else {
      result = Generator.yieldAll((Iterable<?>) inner);
    }
    Generator.yield(")");
    return Generator.end(result);
  }

  static String all(Generator<?> g) {
    List<Object> got = new ArrayList<>();
    while (g.hasNext()) {
      got.add(g.next());
    }
    return got + " " + g.result();
  }

  @Gives(
      "[(, 0, 1, )] sum of 2 | [(, 7, 8, )] null | [(, 7, 8, )] null | [(, )] sum of 0 | [(, )] null")
  static String yieldAll_ofAllKinds() {
    return String.join(
        " | ",
        all(outer(numbers(2))),
        all(outer(List.of(7, 8))),
        all(outer(List.of(7, 8).iterator())),
        all(outer(numbers(0))),
        all(outer(List.of())));
  }

  @Gives("( first a null b ) ended ended")
  static String yieldAll_forwardsSend() {
    Generator<Object> inner = echo();
    Generator<Object> g = outer(inner);
    String s =
        g.next()
            + " "
            + g.next()
            + " "
            + g.send("a")
            + " "
            + g.next()
            + " "
            + g.send("b")
            + " "
            + g.send("end");
    out(g::next);
    return s + " " + g.result() + " " + inner.result();
  }

  @Gives("( a1 a3 ) [a caught x, a finally]")
  static String yieldAll_forwardsRaise() {
    return log(
        () -> {
          Generator<Object> g = outer(cleaning("a"));
          return g.next()
              + " "
              + g.next()
              + " "
              + g.raise(new IllegalArgumentException("x"))
              + " "
              + g.next();
        });
  }

  @Coroutine
  static Generator<Object> outerWithFinally(Object inner) {
    try {
      Generator.yieldAll((Iterable<?>) inner);
    } catch (Exception e) {
      LOG.add("outer caught " + e.getMessage());
    } finally {
      LOG.add("outer finally");
    }
    Generator.yield("after");
    return null;
  }

  @Gives("a1 after [a finally, outer caught x, outer finally]")
  static String yieldAll_raiseThatTheInnerDoesNotCatch_reachesTheOuter() {
    return log(
        () -> {
          Generator<Object> g = outerWithFinally(cleaning("a"));
          return g.next() + " " + g.raise(new IOException("x"));
        });
  }

  @Gives("a1 null false [a finally, outer finally]")
  static String yieldAll_forwardsClose_innermostFirst() {
    return log(
        () -> {
          Generator<String> inner = cleaning("a");
          Generator<Object> g = outerWithFinally(inner);
          String s = g.next() + " ";
          g.close();
          return s + g.result() + " " + inner.hasNext();
        });
  }

  static final class CloseableIterator implements Iterator<Integer>, AutoCloseable {
    @Override
    public boolean hasNext() {
      return true;
    }

    @Override
    public Integer next() {
      return 1;
    }

    @Override
    public void close() {
      LOG.add("iterator closed");
    }
  }

  @Gives("( 1 null [iterator closed]")
  static String yieldAll_ofAnIterator_closesIt() {
    return log(
        () -> {
          Generator<Object> g = outer(new CloseableIterator());
          String s = g.next() + " " + g.next() + " ";
          g.close();
          return s + g.result();
        });
  }

  @Gives(
      "( 7 UnsupportedOperationException(send to a generator that yields all of java.util.ImmutableCollections$ListItr, which can't take a value) false")
  static String yieldAll_ofAnIterator_sendIsAnError() {
    Generator<Object> g = outer(List.of(7).iterator());
    return g.next() + " " + g.next() + " " + out(() -> g.send("x")) + " " + g.hasNext();
  }

  @Gives("( 0 (2) 1 2 ) sum of 3")
  static String yieldAll_innerUsedBefore_goesOnWhereItIs() {
    Generator<Integer> inner = numbers(3);
    Generator<Object> g = outer(inner);
    String s = g.next() + " " + inner.next() + " (2)";
    return s
        + " "
        + g.next()
        + " "
        + g.next()
        + " "
        + g.next()
        + " "
        + (g.hasNext() ? "more" : g.result());
  }

  @Gives("[(, 0, 1, 2, )] sum of 3")
  static String yieldAll_innerWithAnElementReady() {
    Generator<Integer> inner = numbers(3);
    boolean unused = inner.hasNext();
    return all(outer(inner));
  }

  @Gives("[(, second, null, )] ended")
  static String yieldAll_innerSuspendedInNestedCalls() {
    Generator<Object> inner = echoByCalls();
    inner.next();
    Generator<Object> g = outer(inner);
    List<Object> got = new ArrayList<>(List.of(g.next()));
    inner.send("x");
    got.add(g.send(null) == null ? "second" : "?");
    got.add(g.next());
    got.add(g.send("end"));
    out(g::next);
    return got + " " + g.result();
  }

  @Gives("[(, )] sum of 1")
  static String yieldAll_innerAlreadyEnded_givesItsResult() {
    Generator<Integer> inner = numbers(1);
    all(inner);
    return all(outer(inner));
  }

  @Gives("( ( 0 1 2 3 ) ) sum of 4 sum of 4")
  static String yieldAll_sharedInner_eachElementOnce() {
    Generator<Integer> inner = numbers(4);
    Generator<Object> a = outer(inner);
    Generator<Object> b = outer(inner);
    StringBuilder s = new StringBuilder();
    for (int i = 0; i < 3; i++) {
      s.append(a.next()).append(' ').append(b.next()).append(' ');
    }
    s.append(a.next()).append(' ').append(b.next());
    all(a);
    all(b);
    return s + " " + a.result() + " " + b.result();
  }

  @Gives("( 0 1 2 3 [)]")
  static String yieldAll_innerAskedDirectly_whileItIsLent() {
    Generator<Integer> inner = numbers(4);
    Generator<Object> g = outer(inner);
    String s = g.next() + " " + g.next() + " " + inner.next() + " " + g.next() + " " + inner.next();
    List<Object> rest = new ArrayList<>();
    g.forEachRemaining(rest::add);
    return s + " " + rest;
  }

  @Gives("( a1 a3 [a caught x] ( a1 null [a finally] ) a result")
  static String yieldAll_innerRaisedAndClosedDirectly_whileItIsLent() {
    Generator<String> inner = cleaning("a");
    Generator<Object> g = outer(inner);
    String s =
        g.next() + " " + g.next() + " " + log(() -> inner.raise(new IllegalArgumentException("x")));
    Generator<String> second = cleaning("a");
    Generator<Object> h = outer(second);
    s +=
        " "
            + h.next()
            + " "
            + h.next()
            + " "
            + log(
                () -> {
                  second.close();
                  return null;
                });
    String end = " " + g.next();
    out(g::next);
    return s + end + " " + g.result();
  }

  @Gives("( ( ( 0 1 2 ) ) )")
  static String yieldAll_middleAskedDirectly_whileItIsLent() {
    Generator<Integer> inner = numbers(3);
    Generator<Object> middle = outer(inner);
    Generator<Object> a = outer(middle);
    Generator<Object> g = outer(a);
    StringBuilder s = new StringBuilder();
    s.append(g.next())
        .append(' ')
        .append(g.next())
        .append(' ')
        .append(g.next())
        .append(' ')
        .append(g.next());
    s.append(' ').append(middle.next()).append(' ').append(g.next());
    s.append(' ').append(middle.next()).append(' ').append(g.next()).append(' ').append(g.next());
    return s.toString();
  }

  @Coroutine
  static Generator<Object> delegatesInANestedCall(Generator<?> inner) {
    delegate(2, inner);
    return Generator.end("done");
  }

  @Coroutine
  static void delegate(int depth, Generator<?> inner) {
    if (depth > 0) {
      delegate(depth - 1, inner);
      Generator.yield("after " + depth);
    } else {
      Object result = Generator.yieldAll(inner);
      Generator.yield("result " + result);
    }
  }

  @Gives("[0, 1, result sum of 2, after 1, after 2] done")
  static String yieldAll_inNestedCalls() {
    return all(delegatesInANestedCall(numbers(2)));
  }

  @Gives("[0, 1, result null, after 1, after 2, end] null")
  static String yieldAll_ofOneThatDelegatesInNestedCalls() {
    return all(
        Generator.of(
            () -> {
              delegate(2, Generator.of(() -> Generator.yieldAll(numbers(2))));
              Generator.yield("end");
            }));
  }

  @Gives("NullPointerException(inner)")
  static String yieldAll_null() {
    return out(() -> all(outer(new NullIterable())));
  }

  static final class NullIterable implements Iterable<Object> {
    @Override
    public Iterator<Object> iterator() {
      return null;
    }
  }

  // ---- depth

  private static int steps;

  /** An iterator that counts how often it is asked. */
  static final class Counting implements Iterator<Integer> {
    private int left;

    Counting(int n) {
      left = n;
    }

    @Override
    public boolean hasNext() {
      return left > 0;
    }

    @Override
    public Integer next() {
      return left--;
    }
  }

  @Coroutine
  static Generator<Integer> chain(int depth) {
    steps++;
    if (depth == 0) {
      Generator.yieldAll(new Counting(5));
    } else {
      Generator.yieldAll(chain(depth - 1));
    }
    steps++;
    return Generator.end(depth);
  }

  @Gives("[5, 4, 3, 2, 1] 100000 200002")
  static String yieldAll_100000Deep_eachBodyIsEnteredTwice() {
    steps = 0;
    return all(chain(100_000)) + " " + steps;
  }

  @Gives("5 null 200001 false")
  static String yieldAll_100000Deep_closed() {
    steps = 0;
    Generator<Integer> g = chainWithFinally(100_000);
    String s = g.next() + " ";
    g.close();
    return s + g.result() + " " + steps + " " + g.hasNext();
  }

  @Coroutine
  static Generator<Integer> chainWithFinally(int depth) {
    steps++;
    try {
      if (depth == 0) {
        Generator.yieldAll(new Counting(5));
      } else {
        Generator.yieldAll(chainWithFinally(depth - 1));
      }
    } finally {
      if (depth > 0) {
        steps++;
      }
    }
    return null;
  }

  @Gives("IOException(x) 200002")
  static String yieldAll_100000Deep_raised() {
    steps = 0;
    Generator<Integer> g = chainThatCounts(100_000);
    g.next();
    return out(() -> g.raise(new IOException("x"))) + " " + steps;
  }

  @Coroutine
  static Generator<Integer> chainThatCounts(int depth) {
    steps++;
    try {
      if (depth == 0) {
        Generator.yield(5);
      } else {
        Generator.yieldAll(chainThatCounts(depth - 1));
      }
    } catch (Exception e) {
      steps++;
      throw e;
    }
    return null;
  }

  @Coroutine
  static void count(int depth, int n) {
    steps++;
    if (depth > 0) {
      count(depth - 1, n);
    } else {
      for (int i = 0; i < n; i++) {
        Generator.yield(i);
      }
    }
    steps++;
  }

  @Gives("1000 200002")
  static String plainRecursion_100000Deep_anElementEntersNoCaller() {
    steps = 0;
    Generator<Integer> g = Generator.of(() -> count(100_000, 1000));
    long n = g.stream().count();
    return n + " " + steps;
  }

  // ---- what it holds on to

  @Coroutine
  static Generator<Integer> holding(Object big) {
    Generator.yield(big.hashCode());
    Generator.yield(1);
    return Generator.end();
  }

  @Coroutine
  static Generator<Integer> holdingInANestedCall(Object big) {
    hold(big);
    return Generator.end();
  }

  @Coroutine
  static void hold(Object big) {
    Generator.yield(1);
    Generator.yield(big.hashCode());
  }

  static boolean isCollected(WeakReference<?> r) throws InterruptedException {
    for (int i = 0; i < 50 && r.get() != null; i++) {
      System.gc();
      Thread.sleep(1);
    }
    return r.get() == null;
  }

  interface Make {
    Generator<?> of(Object big);
  }

  interface Use {
    void with(Generator<?> g);
  }

  static boolean dropsItsLocals(Make make, Use use) throws InterruptedException {
    Object big = new Object();
    WeakReference<Object> r = new WeakReference<>(big);
    Generator<?> g = make.of(big);
    big = null;
    use.with(g);
    boolean dropped = isCollected(r);
    if (g.hasNext() && !dropped) {
      throw new IllegalStateException("not finished");
    }
    return dropped;
  }

  @Gives("true true true true true true")
  static String finishedAndClosedOnes_holdNothing() throws Exception {
    Use close = Generator::close;
    Use nextAndClose =
        g -> {
          g.next();
          g.close();
        };
    Use exhaust = g -> g.forEachRemaining(x -> {});
    return dropsItsLocals(Protocol::holding, exhaust)
        + " "
        + dropsItsLocals(Protocol::holding, close)
        + " "
        + dropsItsLocals(Protocol::holding, nextAndClose)
        + " "
        + dropsItsLocals(Protocol::holdingInANestedCall, exhaust)
        + " "
        + dropsItsLocals(Protocol::holdingInANestedCall, nextAndClose)
        + " "
        + dropsItsLocals(big -> Generator.of(() -> hold(big)), nextAndClose);
  }

  @Gives("true")
  static String aLocalThatDied_isNotHeld() throws Exception {
    return "" + dropsItsLocals(Protocol::holding, Generator::next);
  }

  @Gives("true")
  static String aFailedOne_holdsNothing() throws Exception {
    return ""
        + dropsItsLocals(
            Protocol::holding,
            g -> {
              g.next();
              out(() -> g.raise(new IOException()));
            });
  }

  // ---- as stream and iterable

  @Gives("[0, 1] [a1] [a finally]")
  static String stream_closesTheGenerator() {
    return log(
        () -> {
          List<String> got = new ArrayList<>();
          try (Stream<String> s = cleaning("a").stream()) {
            s.limit(1).forEach(got::add);
          }
          return numbers(2).stream().toList() + " " + got;
        });
  }

  @Coroutine
  static Stream<String> asStream() {
    try {
      Generator.yield("x");
      Generator.yield("y");
    } finally {
      LOG.add("stream finally");
    }
    return null;
  }

  @Gives("x [stream finally]")
  static String streamMethods_closeTheirGenerator() {
    return log(
        () -> {
          try (Stream<String> s = asStream()) {
            return s.findFirst().orElseThrow();
          }
        });
  }

  @Coroutine
  static Iterable<Object> reassigning(int n, String s, long wide, Object o) {
    for (; n > 0; n--) {
      s += n;
      wide *= 2;
      o = List.of(o);
      Generator.yield(s + wide + o);
    }
    n = 100;
    s = null;
    o = null;
    return null;
  }

  @Gives("[a24[o], a218[[o]]] [a24[o], a218[[o]]] a24[o]")
  static String iterable_startsAfresh_withTheOriginalArguments() {
    Iterable<Object> i = reassigning(2, "a", 2, "o");
    List<Object> first = new ArrayList<>();
    i.forEach(first::add);
    List<Object> second = new ArrayList<>();
    Iterator<Object> late = i.iterator();
    i.forEach(second::add);
    return first + " " + second + " " + late.next();
  }

  @Coroutine
  Iterable<Integer> ofInstance(int n) {
    for (int i = 0; i < n; i++) {
      Generator.yield(i + LOG.size());
    }
    return Generator.end();
  }

  @Gives("[0, 1] [0, 1] 2")
  String iterable_yieldAllOfIt_startsAfresh() {
    LOG.clear();
    Iterable<Integer> i = ofInstance(2);
    List<Integer> a = new ArrayList<>();
    i.forEach(a::add);
    Generator<Integer> g = Generator.of(() -> Generator.yieldAll(i));
    return a + " " + g.stream().toList() + " " + a.size();
  }

  // ---- elements of all types

  @Coroutine
  static Generator<Object> mixed() {
    Generator.yield(1);
    Generator.yield(2L);
    Generator.yield(3.0);
    Generator.yield(4f);
    Generator.yield('5');
    Generator.yield((short) 6);
    Generator.yield((byte) 7);
    Generator.yield(true);
    Generator.yield(null);
    Generator.yield("s");
    return null;
  }

  @Coroutine
  static Generator<Character> chars(String s) {
    for (char c : s.toCharArray()) {
      Generator.yield(c);
    }
    return null;
  }

  @Coroutine
  static Generator<Boolean> booleans(int n) {
    for (int i = 0; i < n; i++) {
      Generator.yield(i % 2 == 0);
    }
    return null;
  }

  @Coroutine
  static Generator<Double> doubles() {
    double d = 1;
    while (d < 5) {
      Double sent = Generator.yield(d);
      d = sent == null ? d * 2 : sent;
    }
    return null;
  }

  @Coroutine
  static Generator<Integer> choosing(boolean which) {
    Generator.yield(which ? Integer.valueOf(1) : null);
    Generator.yield(which ? 2 : Integer.valueOf(3));
    return null;
  }

  @Gives(
      "[1, 2, 3.0, 4.0, 5, 6, 7, true, null, s] [a, b] [true, false, true] [1.0, 2.0, 4.0] 1 null 1.0 2.5 null")
  static String elements_ofAllTypes() {
    Generator<Double> d = doubles();
    List<Object> all = new ArrayList<>();
    mixed().forEachRemaining(all::add);
    return all
        + " "
        + chars("ab").stream().toList()
        + " "
        + booleans(3).stream().toList()
        + " "
        + doubles().stream().toList()
        + " "
        + choosing(true).next()
        + " "
        + choosing(false).next()
        + " "
        + d.next()
        + " "
        + d.send(2.5)
        + " "
        + yieldsNothing().next();
  }

  @Coroutine
  static Generator<Object> yieldsNothing() {
    Generator.yield(null);
    return null;
  }

  @Coroutine
  static Generator<Object> asOperand(int n) {
    String s = "<" + Generator.yield("a") + n + Generator.yield("b") + ">";
    Object[] array = {n, Generator.yield(s), Generator.yield("c")};
    Generator.yield(List.of(array));
    return null;
  }

  @Gives("a b <152> c [5, 3, 4]")
  static String yield_asAnOperand() {
    Generator<Object> g = asOperand(5);
    return g.next() + " " + g.send(1) + " " + g.send(2) + " " + g.send(3) + " " + g.send(4);
  }
}
