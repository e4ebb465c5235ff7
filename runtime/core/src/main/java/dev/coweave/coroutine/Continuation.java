package dev.coweave.coroutine;

import org.jspecify.annotations.Nullable;

/**
 * The rest of a computation: a chain of frames, and the driver that resumes them. It is the hidden last parameter of every
 * twin.
 *
 * <pre>
 *            twin calls twin            callee has to wait              driver: resume(leaf)
 *   RUNNING ──────────────────► RUNNING ──────────────────► UNWINDING ──────────────────────► RUNNING
 *   suspended = false                   suspended = true;               the leaf's outcome is in ref, bits or failure;
 *   leaf = null                         each twin on the way out        then each parent in turn
 *                                       pushes its frame
 * </pre>
 *
 * <p>A callee that has to wait sets {@link #suspended} and returns a dummy; the caller tests the flag, saves its activation in
 * a {@link Frame}, {@linkplain #push pushes} it and returns a dummy too, until the driver has the thread back. A call that
 * nests past {@link #MAX_DEPTH} does the same and is resumed at once, from a flat stack. So the depth of a computation is
 * bounded by the heap.
 *
 * <p>Not thread-safe: it belongs to whoever runs it. Fields that woven code touches are public; the rest is for subclasses.
 */
public abstract class Continuation {
  /**
   * How many coroutine calls may nest on the thread's stack before they unwind: the system property
   * {@code coweave.maxDepth}. 1 makes each call save and restore everything, which is how the weaver is tested.
   */
  public static final int MAX_DEPTH = Settings.MAX_DEPTH;

  /** Whether each call unwinds, those of methods included that can't nest deeper. */
  public static final boolean UNWIND_ALL = MAX_DEPTH == 1;

  /** So many frames end until they are let go of; a power of two. */
  private static final int LET_GO = 64;

  /** Set by a callee that had to wait; its callers save their frames and return. */
  public boolean suspended;

  /** The depth of the activation that is about to be entered: its caller sets it before the call. */
  public int depth;

  /** The suspension is only an unwinding of a deep stack: nothing is waited for. */
  boolean unwinding;

  /** The unwinding ends at an async generator's consumer, for whom {@link #element} is. */
  private boolean yielding;

  private @Nullable Object element;

  /**
   * Where a yield of the calls that run now arrives once they have unwound to the driver: the innermost async generator around them, or a
   * frame that lets none pass. Exact, but null where memory ran out; see {@link GeneratorFrame}.
   */
  @Nullable Frame inside;

  /** The innermost frame that was saved, from the moment it is pushed until it is resumed. */
  protected @Nullable Frame leaf;

  /** The outermost frame that was saved in this unwinding; null if that is the leaf. */
  private @Nullable Frame tail;

  /** The activation that was resumed waits, and is innermost: {@link #leaf} is null, for the driver knows it. */
  private boolean kept;

  private @Nullable Throwable failure;
  private @Nullable Object ref;
  private long bits;

  /** For subclasses. */
  protected Continuation() {}

  // ---- what woven code does when it saves

  /**
   * Links a saved activation to those saved before it.
   *
   * @param f the caller's frame
   */
  public final void push(Frame f) {
    Frame innermost = leaf;
    if (innermost == null) {
      leaf = f;
    } else {
      (tail == null ? innermost : tail).parent = f;
      tail = f;
    }
  }

  /**
   * The same of a coroutine method's activation.
   *
   * @param f the caller's frame
   * @param state where it stopped
   */
  public final void push(Frame f, int state) {
    f.state = (short) state;
    push(f);
  }

  /**
   * Links an activation that was resumed, and waits once more, to those inside. Mostly there are none: then nothing is stored, for a
   * reference costs a barrier, which under G1 is a fence once the continuation is old (some 30 ns).
   *
   * @param f the frame that was resumed
   * @param state where it stopped
   */
  public final void keep(Frame f, int state) {
    f.state = (short) state;
    keep(f);
  }

  /**
   * The same, for classes that were woven when they stored the state.
   *
   * @param f the frame that was resumed
   */
  public final void keep(Frame f) {
    if (leaf == null) {
      kept = true;
    } else {
      push(f);
    }
  }

  /**
   * A callee in tail position has suspended: its caller, which ends with it, is kept for traces. Woven code calls it in a twin.
   *
   * @param trace the place of the call, as {@link Frame#trace} has it; a constant
   */
  public final void tail(String trace) {
    tail(trace, 1);
  }

  /**
   * The same, in a resume copy.
   *
   * @param trace the place of the call
   * @param ended the caller's frame
   */
  public final void tail(String trace, Frame ended) {
    int count = ended.recursions + 1;
    if (ended.parent instanceof TailCalls calls
        && !calls.isShared()
        && !(outermost() instanceof TailCalls)) {
      try {
        calls.addInside(trace, count); // in a cycle, which costs no memory then
      } catch (OutOfMemoryError e) {
        // as below
      }
    } else {
      tail(trace, count);
    }
  }

  private void tail(String trace, int count) {
    if (!keepsTails()) {
      return;
    }
    try {
      if (outermost() instanceof TailCalls calls) {
        calls.addOutside(trace, count);
      } else {
        push(new TailCalls(trace, count));
      }
    } catch (OutOfMemoryError e) {
      // The call isn't shown: never fail the coroutine for its looks.
    }
  }

  /**
   * The same for a method that calls itself, which is counted in the callee's frame.
   *
   * @param trace the place of the call
   */
  public final void recur(String trace) {
    Frame callee = outermost();
    if (callee == null || callee instanceof TailCalls) {
      tail(trace);
    } else {
      count(callee, 1);
    }
  }

  /**
   * The same, in a resume copy; the callee may be an override.
   *
   * @param trace the place of the call
   * @param ended the caller's frame
   */
  public final void recur(String trace, Frame ended) {
    Frame callee = outermost();
    if (callee == null || callee.getClass() != ended.getClass()) {
      tail(trace, ended);
    } else {
      count(callee, ended.recursions + 1);
    }
  }

  private static void count(Frame callee, int more) {
    callee.recursions = (short) Math.min(callee.recursions + more, Short.MAX_VALUE);
  }

  /** Whether callers in tail position are kept for traces, by frames of the runtime's between those of methods. */
  protected boolean keepsTails() {
    return true;
  }

  /** The outermost frame that was saved in this unwinding. */
  private @Nullable Frame outermost() {
    return tail == null ? leaf : tail;
  }

  /**
   * Unwinds a stack that has become too deep: the driver resumes {@code f} at once.
   *
   * @param f the activation that was about to start, saved at state 0
   */
  public final void unwind(Frame f) {
    push(f);
    unwinding = true;
    suspended = true;
  }

  /**
   * Saving an activation failed, for want of memory: what was saved is dropped, and the coroutine fails with it.
   *
   * @param t what saving threw
   */
  public final void abandon(Throwable t) {
    forget();
    inside = null;
    abandoned();
    Continuation.<RuntimeException>sneakyThrow(t);
  }

  /**
   * A woven method catches an exception: its stack trace shall show the method's callers, also those that are parked.
   *
   * @param t the exception
   * @param c the method's continuation
   */
  public static void caught(Throwable t, Continuation c) {
    try {
      c.catches(t);
      LogicalStack.caught(t, c);
    } catch (VirtualMachineError | LinkageError e) {
      // as in fail
    }
  }

  /**
   * The same, where the handler catches errors of linking too.
   *
   * @param t the exception
   * @param c the method's continuation
   * @return the exception, or one of its class that says more
   */
  public static Throwable caughtError(Throwable t, Continuation c) {
    Throwable explained = explained(t, null);
    caught(explained, c);
    return explained;
  }

  /** Where there is no memory for more, the exception as it is. */
  protected static Throwable explained(Throwable t, @Nullable Class<?> thrower) {
    if (!(t instanceof LinkageError)) {
      return t;
    }
    try {
      return BrokenLinks.explained(
          t, thrower == null ? JavaStack.callersLoader() : thrower.getClassLoader());
    } catch (VirtualMachineError | LinkageError e) {
      return t;
    }
  }

  /** A woven method has caught an exception. */
  protected void catches(Throwable t) {}

  /**
   * The innermost frame of the chain that runs now, as it was when the chain was last resumed or unwound: the frames of activations
   * that have ended since are still there. For stack traces; null if not known.
   */
  protected @Nullable Frame resumed() {
    return null;
  }

  /** The chain that runs was unwound, and is resumed at its leaf. */
  protected void unwound(@Nullable Frame leaf) {}

  /** The name of the task whose calls end the stack; null if plain code called the outermost, and is on the thread's stack. */
  protected @Nullable String start() {
    return null;
  }

  /** The method that the chain's outermost frame returns to and that is no frame, as a line of a stack trace; null if there is none. */
  protected @Nullable StackTraceElement body() {
    return null;
  }

  /** What {@link #body} returns for a place in this class's method. */
  protected final StackTraceElement line(String trace, int state) {
    return TraceLines.of(getClass(), trace).at(state);
  }

  /** Whether plain code started it, so that the outermost method is on the thread's stack twice: by its entry too. */
  boolean isEntry() {
    return false;
  }

  /** The error of an operation that would have to wait here, where nothing can. */
  public IllegalStateException cantWait(Operation operation) {
    return JavaStack.generatorCantWait(operation);
  }

  /** The innermost callee's wait is given up. */
  protected void abandoned() {}

  // ---- async generators, see GeneratorFrame

  /**
   * Gives an element to the async generator whose body's nested call this is. Returns to the caller, which returns a dummy too, as in a
   * wait.
   *
   * @param element may be null
   */
  public final void yieldElement(@Nullable Object element) {
    this.element = element;
    yielding = true;
    unwinding = true;
    suspended = true;
  }

  /** Whether the suspension is a yield to an async generator. */
  final boolean isYielding() {
    return yielding;
  }

  final @Nullable Object takeElement() {
    Object e = element;
    element = null;
    return e;
  }

  /**
   * Says where yields of nested calls arrive from now on.
   *
   * @param boundary a frame that the calls are inside of, or null
   * @return what it was before
   */
  public final @Nullable Frame within(@Nullable Frame boundary) {
    Frame around = inside;
    if (around != boundary) {
      inside = boundary;
    }
    return around;
  }

  /** What {@link #within} said last. */
  protected final @Nullable Frame inside() {
    return inside;
  }

  /**
   * Resumes a chain that was parked elsewhere, once the stack has unwound.
   *
   * @param innermost where the driver goes on
   * @param outermost the last frame of the chain, whose caller is the frame that is pushed next
   */
  final void unwind(Frame innermost, Frame outermost) {
    leaf = innermost;
    tail = innermost == outermost ? null : outermost;
    unwinding = true;
    suspended = true;
  }

  /** A yield has unwound to the driver: its frames stay with the generator, and the generator's consumer goes on. */
  private @Nullable Frame yielded(@Nullable Frame innermost) {
    Frame to = boundary(innermost);
    if (to instanceof GeneratorFrame g && innermost != null) {
      return g.yielded(innermost, takeElement(), this);
    }
    element = null;
    failure = JavaStack.mayNotYield(to != null);
    LogicalStack.refused(failure, JavaStack.YIELD, innermost, this);
    return innermost;
  }

  /** Where a yield from inside a frame arrives. */
  final @Nullable Frame boundary(@Nullable Frame innermost) {
    Frame f = inside;
    if (f == null) {
      f = innermost;
      while (f != null && !f.takesYields()) {
        f = f.parent;
      }
      inside = f;
    }
    return f;
  }

  // ---- what a resumed activation returns to its caller

  /** Gives an int, or what the JVM keeps as one. */
  public final void give(int value) {
    bits = value;
  }

  /** Gives a long. */
  public final void give(long value) {
    bits = value;
  }

  /** Gives a float. */
  public final void give(float value) {
    bits = Float.floatToRawIntBits(value);
  }

  /** Gives a double. */
  public final void give(double value) {
    bits = Double.doubleToRawLongBits(value);
  }

  /** Gives a reference; may be null. */
  public final void give(@Nullable Object value) {
    ref = value;
  }

  /** Fails the caller of the leaf when it is resumed. */
  protected final void giveFailure(Throwable t) {
    failure = t;
  }

  // ---- what a resumed activation takes from its callee; each throws the callee's failure

  /** Takes the outcome of a callee that returns nothing. */
  public final void takeVoid() {
    if (failure != null) {
      rethrow();
    }
  }

  /** Takes an int, or what the JVM keeps as one. */
  public final int takeInt() {
    takeVoid();
    return (int) bits;
  }

  /** Takes a long. */
  public final long takeLong() {
    takeVoid();
    return bits;
  }

  /** Takes a float. */
  public final float takeFloat() {
    takeVoid();
    return Float.intBitsToFloat((int) bits);
  }

  /** Takes a double. */
  public final double takeDouble() {
    takeVoid();
    return Double.longBitsToDouble(bits);
  }

  /** Takes a reference. */
  public final @Nullable Object takeRef() {
    takeVoid();
    Object value = ref;
    if (value != null) {
      // Not stored when it is null already: G1's barrier keeps C2 of JDK 17 from dissolving a
      // generator's loop (1.45 ns an element instead of 0.38).
      ref = null;
    }
    return value;
  }

  private void rethrow() {
    Throwable t = failure;
    failure = null;
    ref = null;
    Continuation.<RuntimeException>sneakyThrow(t);
  }

  /** The failure of the chain that has ended, or null; clears it. */
  protected final @Nullable Throwable takeFailure() {
    Throwable t = failure;
    failure = null;
    return t;
  }

  // ---- outcomes that are kept while others use the continuation

  /** The outcome of a chain: a value of any type, or a failure. Immutable. */
  protected static final class Outcome {
    private final @Nullable Throwable failure;
    private final @Nullable Object ref;
    private final long bits;

    private Outcome(@Nullable Throwable failure, @Nullable Object ref, long bits) {
      this.failure = failure;
      this.ref = ref;
      this.bits = bits;
    }
  }

  /** The outcome that could be taken now, and still can be. */
  protected final Outcome outcome() {
    return new Outcome(failure, ref, bits);
  }

  /** Gives an outcome that was kept. */
  protected final void giveOutcome(Outcome kept) {
    failure = kept.failure;
    ref = kept.ref;
    bits = kept.bits;
  }

  // ---- the driver

  /**
   * Resumes a chain of frames from its leaf outwards, with the outcome that it holds, until it ends or has to wait.
   *
   * @param f the innermost frame; null for a chain that has ended
   * @return true when the chain has ended: its outcome may be taken. False when it waits: {@link #suspended} is set, and
   *     {@link #leaf} is the frame to resume.
   */
  protected final boolean advance(@Nullable Frame f) {
    Frame innermost = drive(f);
    if (leaf != innermost) {
      leaf = innermost;
    }
    return !suspended;
  }

  /**
   * As {@link #advance}, for who keeps the chain that waits. {@link LogicalStack} knows it by its name.
   *
   * @param f the innermost frame; null for a chain that has ended
   * @return if {@link #suspended} is set, the frame to resume, which may be null; {@link #park} must follow
   */
  protected final @Nullable Frame drive(@Nullable Frame f) {
    @Nullable Throwable thrown =
        null; // by the callee of f, so that its trace shows the callers of f already
    int ended = 0;
    @Nullable Frame stub = null;
    while (f != null) {
      Frame parent = f.parent;
      try {
        f.resume(this);
      } catch (Throwable t) {
        thrown = fail(t, f, parent, thrown);
      }
      if (!suspended) {
        if (f.state != Frame.ENDED) { // Tail calls may be those of other threads' chains too.
          f.state = Frame.ENDED;
        }
        if ((++ended & LET_GO - 1) == 0) {
          stub = letGo(stub, f, parent);
        }
        f = parent;
      } else if (kept && !unwinding) {
        return f;
      } else {
        link(f, parent);
        if (!unwinding) {
          return leaf;
        }
        f = parkUnwound();
        stub = null;
      }
    }
    return null;
  }

  /**
   * Lets go of frames that have ended. Who resumed the chain still knows its innermost one, from which traces find the one that runs: the
   * links between would hold all of a deep recursion, until its turn ends.
   *
   * @param stub one that has ended, whose link skips those that ended after it; null if there is none yet
   * @param ended the last that has ended
   * @param caller its caller
   * @return the stub from now on
   */
  private static Frame letGo(@Nullable Frame stub, Frame ended, @Nullable Frame caller) {
    if (stub == null || stub.parent == null) { // a generator's, which has left the chain
      return ended;
    }
    stub.parent = caller;
    return stub;
  }

  /** Links the frames that were saved in this unwinding to the caller of the one that was resumed. */
  private void link(Frame resumed, @Nullable Frame caller) {
    if (kept) {
      leaf = resumed;
    }
    Frame outermost = outermost();
    if (outermost == null) {
      leaf = caller;
    } else if (outermost.parent != caller) {
      outermost.parent = caller;
      if (outermost instanceof TailCalls inner && caller instanceof TailCalls outer) {
        inner.absorb(outer);
      }
    }
  }

  /**
   * Goes on after a twin that was entered outside {@link #drive} has returned with {@link #suspended} set.
   *
   * @return as {@link #advance}
   */
  protected final boolean settle() {
    return unwinding && advance(parkUnwound());
  }

  private @Nullable Frame parkUnwound() {
    boolean yields = yielding;
    Frame f = park();
    if (yields) {
      f = yielded(f);
    }
    unwound(f);
    return f;
  }

  /** Takes the chain of a coroutine that waits, so that this continuation can run another. */
  protected final @Nullable Frame park() {
    Frame f = leaf;
    forget();
    return f;
  }

  /** A chain waits: a failure that it could not take, for want of stack, is not the next one's. */
  protected final void forgetFailure() {
    if (failure != null) {
      failure = null;
    }
  }

  /**
   * The chain that is about to be {@linkplain #park parked} is a whole one, around which nothing will be put: it may share its outermost tail calls
   * with others.
   *
   * @param innermost its innermost frame
   * @return the same, or what takes its place
   */
  protected final @Nullable Frame sharing(@Nullable Frame innermost) {
    if (!(outermost() instanceof TailCalls calls)) {
      return innermost;
    }
    TailCalls shared = calls;
    try {
      shared = calls.shared();
    } catch (VirtualMachineError e) {
      // The task keeps its own.
    }
    if (innermost == calls) {
      return shared;
    }
    if (shared != calls) {
      Frame f = innermost;
      while (f != null && f.parent != calls) {
        f = f.parent;
      }
      if (f != null) {
        f.parent = shared;
      }
    }
    return innermost;
  }

  /** Whether the suspension is only an unwinding of a deep stack. */
  protected final boolean unwinding() {
    return unwinding;
  }

  /**
   * Puts a chain that was parked elsewhere under a frame of this continuation, whose driver goes on at its leaf.
   *
   * @param chain the innermost frame of the chain
   * @param caller the frame that its outermost becomes a callee of
   */
  protected final void splice(Frame chain, Frame caller) {
    push(chain);
    for (Frame f = chain.parent; f != null; f = f.parent) {
      tail = f;
    }
    unwind(caller);
  }

  /**
   * The inverse of {@link #splice}: takes the parked frames inside a frame away, which becomes the leaf.
   *
   * @param caller a frame of the chain
   * @return the innermost of the frames taken; null if {@code caller} is the leaf
   */
  @SuppressWarnings("NullAway") // the caller is in the chain
  protected final @Nullable Frame unsplice(Frame caller) {
    Frame chain = leaf;
    leaf = caller;
    if (chain == caller) {
      return null;
    }
    Frame outermost = chain;
    while (outermost.parent != caller) {
      outermost = outermost.parent;
    }
    outermost.parent = null;
    return chain;
  }

  private Throwable fail(
      Throwable thrown, Frame thrower, @Nullable Frame caller, @Nullable Throwable before) {
    forget();
    failure = thrown;
    if (thrown == before) {
      return thrown;
    }
    Throwable t = explained(thrown, thrower.getClass());
    failure = t;
    try {
      LogicalStack.thrown(t, thrower, caller, this);
    } catch (Throwable e) {
      // It can't even be loaded: the body gets its exception all the same.
    }
    return t;
  }

  private void forget() {
    suspended = false;
    kept = false;
    if (unwinding) {
      unwinding = false;
      yielding = false;
    }
    if (leaf != null) { // Stores of references cost a barrier each.
      leaf = null;
      if (tail != null) {
        tail = null;
      }
    }
  }

  /**
   * Throws any throwable, as the JVM itself may.
   *
   * @param t what to throw
   * @param <X> inferred as unchecked
   * @throws X always
   */
  @SuppressWarnings("unchecked")
  public static <X extends Throwable> void sneakyThrow(@Nullable Throwable t) throws X {
    throw (X) t;
  }
}
