package dev.coweave.wait;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.Stamp;
import dev.coweave.task.PlainCall;
import dev.coweave.task.Resumption;
import dev.coweave.task.TaskContinuation;
import dev.coweave.task.TaskState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Waits for channels, in place of a thread's sleep: a loop has one from its first wait for a channel on. The tasks of other executors
 * share a thread of their own for that.
 */
@Stamp(abi = Stamp.ABI)
public final class Poller {
  // A channel's key stays with the selector from its first wait until the channel is closed;
  // between waits its interest is 0. All but await, close and wakeUp is for the host's thread.

  /** How long a channel that somebody closed without {@link #close} may go unnoticed, in milliseconds. */
  private static final long SWEEP = 1000;

  private static final Set<Poller> ALL = new CopyOnWriteArraySet<>();

  private final PollerHost host;
  private final Selector selector;

  /** How many tasks wait. */
  private int waits;

  /** A channel was closed: the selector lets go of it, and then its socket is closed, at the next look. */
  private boolean closing;

  /** The keys of channels that were open when last looked at. */
  private final Set<SelectionKey> keys = new HashSet<>();

  /**
   * Opens one.
   *
   * @param host whose thread it is for
   */
  public Poller(PollerHost host) throws IOException {
    this.host = host;
    this.selector = Selector.open();
    ALL.add(this);
  }

  // ---- waiting

  /** The waits for one channel, by operation: what a key is attached to. */
  private static final class Waits {
    private final @Nullable IoWait[] byOperation = new @Nullable IoWait[5];

    static int index(int operation) {
      return Integer.numberOfTrailingZeros(operation);
    }
  }

  /** A task's wait for a channel. */
  private static final class IoWait extends Resumption<@Nullable Void> {
    private final PollerHost host;
    private final SelectableChannel channel;
    private final int operation;
    private final Operation name;

    IoWait(
        TaskState<?> task,
        PollerHost host,
        SelectableChannel channel,
        int operation,
        Operation name) {
      super(task);
      this.host = host;
      this.channel = channel;
      this.operation = operation;
      this.name = name;
    }

    @Override
    protected Operation operation() {
      return name;
    }

    @Override
    protected String described() {
      return ChannelNames.of(channel);
    }

    @Override
    protected void withdrawn() {
      host.control(
          () -> {
            Poller p = host.pollerIfAny();
            if (p != null) {
              p.withdraw(this);
            }
          });
    }
  }

  /**
   * Waits until a channel is ready.
   *
   * @param channel non-blocking
   * @param operation one of {@link SelectionKey}'s
   * @param name the operation as the user wrote it, such as {@code TcpConnection.read}
   */
  @Coroutine
  public static void await(SelectableChannel channel, int operation, Operation name) {
    PlainCall.act(name, c -> await(channel, operation, name, c));
  }

  /** The twin of {@link #await(SelectableChannel, int, Operation)}. */
  @SuppressWarnings("NullAway") // a Void is null
  public static void await(
      SelectableChannel channel, int operation, Operation name, Continuation c) {
    TaskContinuation tc = TaskContinuation.toWait(c, name);
    PollerHost host = tc instanceof PollerHost.Guest guest ? guest.host() : IoThread.get();
    IoWait w = new IoWait(tc.task(), host, channel, operation, name);
    host.control(() -> add(host, w));
    tc.suspend(w);
  }

  private static void add(PollerHost host, IoWait w) {
    try {
      Poller p;
      try {
        p = host.poller();
      } catch (IOException e) { // There are too many open files, perhaps.
        throw new IOException("no selector can be opened: " + e.getMessage(), e);
      }
      p.add(w);
    } catch (
        Throwable t) { // Also an Error, such as for want of memory: nobody else would end the wait.
      w.fail(t);
    }
  }

  /**
   * Closes a channel; who waits for it fails with an {@link AsynchronousCloseException}. Any thread.
   *
   * @param channel any
   * @throws IOException if closing fails; those who wait have been told all the same
   */
  public static void close(SelectableChannel channel) throws IOException {
    try {
      channel.close();
    } finally {
      // Now that it is closed nobody registers it any more. A poller that let go of it has told its
      // waiters already.
      for (Poller p : ALL) {
        SelectionKey key = channel.keyFor(p.selector);
        if (key != null) {
          p.host.control(() -> p.closed(key));
        }
      }
    }
  }

  private void add(IoWait w) throws IOException {
    if (w.isDone()) {
      return;
    }
    try {
      SelectionKey key = key(w.channel);
      Waits all = (Waits) key.attachment();
      int i = Waits.index(w.operation);
      IoWait other = all.byOperation[i];
      // One that was cancelled on another thread may not have been withdrawn yet.
      if (other != null && other != w && !other.isDone()) {
        throw taken(w.name, other.name);
      }
      key.interestOps(key.interestOps() | w.operation);
      all.byOperation[i] = w;
      waits += other == null ? 1 : 0;
    } catch (CancelledKeyException e) {
      throw new ClosedChannelException();
    } catch (IllegalBlockingModeException e) {
      throw new IllegalStateException(
          w.name + " of a blocking channel\n  fix: channel.configureBlocking(false)", e);
    }
  }

  /**
   * Why a second task can't wait for the same.
   *
   * @param name what was to wait, as the user wrote it
   * @param other what waits
   */
  public static IllegalStateException taken(Operation name, Operation other) {
    return new IllegalStateException(
        name
            + " while another task waits in "
            + other
            + " of the same channel\n"
            + "  because: what comes can be given to one of them only\n"
            + "  fix: let one task do it, or take turns with a Mutex");
  }

  private SelectionKey key(SelectableChannel channel) throws IOException {
    SelectionKey key = channel.keyFor(selector);
    if (key != null && !key.isValid() && channel.isOpen()) {
      selector.selectNow(k -> {}); // It was cancelled, and is in the selector's way until then.
      key = null;
    }
    if (key == null) {
      key = channel.register(selector, 0, new Waits());
      keys.add(key);
    }
    return key;
  }

  private void withdraw(IoWait w) {
    SelectionKey key = w.channel.keyFor(selector);
    if (key != null && key.attachment() instanceof Waits all) {
      int i = Waits.index(w.operation);
      if (all.byOperation[i] == w) {
        all.byOperation[i] = null;
        waits--;
        try {
          key.interestOpsAnd(~w.operation);
        } catch (CancelledKeyException e) {
          // Any thread may close the channel, at any moment; nothing is looked for any more then.
        }
      }
    }
  }

  // ---- the loop's sleep

  /** How many tasks wait. */
  public int waits() {
    return waits;
  }

  /** Whether there is nothing to look for. */
  public boolean isIdle() {
    return waits == 0 && !closing;
  }

  /**
   * Wakes those whose channels are ready.
   *
   * @param nanos how long to sleep at most if none is; not at all if 0 or less
   */
  public void poll(long nanos) {
    closing = false;
    try {
      if (nanos <= 0) {
        selector.selectNow(this::ready);
      } else {
        long millis = TimeUnit.NANOSECONDS.toMillis(nanos) + (nanos % 1_000_000 == 0 ? 0 : 1);
        selector.select(this::ready, Math.min(millis, SWEEP));
      }
    } catch (IOException e) {
      keys.forEach(k -> fail(k, e));
    }
    if (selector.keys().size() < keys.size()) {
      sweep();
    }
  }

  /** Ends the sleep, or the next one. Any thread. */
  public synchronized void wakeUp() {
    if (selector.isOpen()) {
      selector.wakeup();
    }
  }

  private void ready(SelectionKey key) {
    Waits all = (Waits) key.attachment();
    int ready;
    try {
      ready = key.readyOps();
      wake(all, ready);
      key.interestOpsAnd(~ready); // Last: where memory or stack run out it is ready again.
    } catch (CancelledKeyException e) {
      fail(key);
    }
  }

  @SuppressWarnings("NullAway") // a Void is null
  private void wake(Waits all, int ready) {
    for (int i = 0; i < all.byOperation.length; i++) {
      IoWait w = all.byOperation[i];
      if (w != null && (ready & w.operation) != 0) {
        w.resume(null);
        all.byOperation[i] = null;
        waits--;
      }
    }
  }

  /** Some channels were closed. */
  private void sweep() {
    for (Iterator<SelectionKey> i = keys.iterator(); i.hasNext(); ) {
      SelectionKey key = i.next();
      if (!key.isValid()) {
        fail(key);
        i.remove();
      }
    }
  }

  private void closed(SelectionKey key) {
    closing = true;
    fail(key);
  }

  private void fail(SelectionKey key) {
    fail(key, new AsynchronousCloseException());
  }

  private void fail(SelectionKey key, Exception failure) {
    if (key.attachment() instanceof Waits all) {
      for (int i = 0; i < all.byOperation.length; i++) {
        IoWait w = all.byOperation[i];
        if (w != null) {
          w.fail(failure);
          all.byOperation[i] = null;
          waits--;
        }
      }
    }
  }

  /** The loop ends. The channels stay open: they belong to the users. */
  public synchronized void end() {
    ALL.remove(this);
    try {
      selector.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
