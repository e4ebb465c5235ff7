package dev.coweave.durable;

import dev.coweave.durable.format.Fault;
import dev.coweave.durable.format.FormatException;
import dev.coweave.durable.frame.Program;
import dev.coweave.durable.sql.Checkpoints;
import dev.coweave.durable.sql.Claims;
import dev.coweave.durable.sql.Database;
import dev.coweave.durable.sql.Dialect;
import dev.coweave.durable.sql.Messages;
import dev.coweave.durable.sql.NewRun;
import dev.coweave.durable.sql.NewRuns;
import dev.coweave.durable.sql.NodeTable;
import dev.coweave.durable.sql.Notices;
import dev.coweave.durable.sql.RunTable;
import dev.coweave.durable.sql.RunTable.View;
import dev.coweave.durable.sql.Schema;
import dev.coweave.durable.sql.Status;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcConnectionPool;
import org.jspecify.annotations.Nullable;

/**
 * Runs durable coroutines and stores them in a database. Any number of engines, in any number of processes, may share one PostgreSQL; on H2
 * there is one.
 *
 * <pre>{@code
 * try (DurableEngine engine = DurableEngine.open(Path.of("orders"))) {
 *   engine.service("orders", orders);
 *   Run<Receipt> run = engine.start("order-17", () -> orders.order(o));
 *   engine.send("order-17", "approval", new Approval(true));
 *   Receipt r = run.join();
 * }
 * }</pre>
 *
 * <p>Thread-safe. Methods that ask the database throw {@link DurableException} where it can't be asked.
 */
public final class DurableEngine implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger("dev.coweave.durable");
  private static final long GRACE_MILLIS = 5000;
  private static final int MAX_QUEUE = 100;

  final DurableOptions options;
  final Program program;
  final Database db;
  final RunTable runs;
  final NewRuns newRuns;
  final Claims claims;
  final Checkpoints checkpoints;
  final Messages messages;
  final KnownCodes codes;
  final Texts texts;
  final Node node;
  private final @Nullable Ear ear;
  final Watch watch = new Watch(this);
  final Leavings leavings;
  final LongAdder written = new LongAdder();
  private final @Nullable VirtualTime time;
  final @Nullable Crashes crashes;
  private final @Nullable Connection open;
  private final Runnable onClose;
  private final AtomicReference<State> state = new AtomicReference<>(State.OPEN);

  private enum State {
    OPEN,
    /** Works no more, and is still to be closed. */
    CRASHED,
    CLOSED
  }

  private DurableEngine(
      DataSource source,
      DurableOptions options,
      @Nullable VirtualTime time,
      @Nullable Crashes crashes,
      Runnable onClose)
      throws SQLException {
    this.options = options;
    this.time = time;
    this.crashes = crashes;
    this.onClose = onClose;
    Dialect dialect;
    Connection first = source.getConnection();
    try {
      dialect = Dialect.of(first);
      dialect.check(first, options.unsafe());
      Schema.migrate(first, dialect);
      db = new Database(source, first, options.lease().multipliedBy(2).dividedBy(3), time != null);
    } catch (SQLException | RuntimeException e) {
      first.close();
      throw e;
    }
    // A database in memory lives as long as a connection to it is open.
    open = dialect == Dialect.H2 ? first : null;
    if (open == null) {
      first.close();
    }
    runs = new RunTable(db);
    newRuns = new NewRuns(db);
    claims = new Claims(db, options.generation());
    checkpoints = new Checkpoints(db, runs, options.generation());
    messages = new Messages(runs);
    program = new Program(options.loader());
    codes = new KnownCodes(db, program);
    texts = new Texts(this, codes);
    leavings = new Leavings(this, texts.values());
    node = new Node(this, new NodeTable(db));
    Notices notices = time != null ? null : Notices.of(dialect, options.loader());
    ear = notices == null ? null : new Ear(this, notices, source);
    node.start();
    if (time != null) {
      time.add(this);
    }
  }

  /**
   * Opens an engine with the usual options.
   *
   * @param source gives connections to an H2 or PostgreSQL; a pool of as many as there are workers, and seven
   */
  public static DurableEngine open(DataSource source) {
    return open(source, DurableOptions.defaults());
  }

  /**
   * Opens an engine.
   *
   * @throws DurableException if the database loses commits, or its tables are of a newer version
   */
  public static DurableEngine open(DataSource source, DurableOptions options) {
    return open(source, options, null, null, () -> {});
  }

  private static DurableEngine open(
      DataSource source,
      DurableOptions options,
      @Nullable VirtualTime time,
      @Nullable Crashes crashes,
      Runnable onClose) {
    try {
      return new DurableEngine(source, options, time, crashes, onClose);
    } catch (FormatException e) {
      throw DurableException.of(e);
    } catch (SQLException e) {
      throw new DurableException(
          "the durable engine can't open its database: " + e.getMessage(), e);
    }
  }

  /**
   * Opens an engine with an H2 of its own, in a file.
   *
   * @param file without the suffix that H2 adds
   */
  public static DurableEngine open(Path file) {
    return open(file, DurableOptions.defaults());
  }

  /** The same with options. */
  public static DurableEngine open(Path file, DurableOptions options) {
    return own(
        "jdbc:h2:file:"
            + file.toAbsolutePath()
            + ";WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE;QUERY_CACHE_SIZE=64",
        options,
        null,
        null);
  }

  /**
   * Opens an engine in memory, for tests: its time stands until {@link #advance}, and each run is loaded anew at each checkpoint.
   */
  public static DurableEngine inMemory() {
    return inMemory(DurableOptions.defaults().reload(true));
  }

  /** The same with options. */
  public static DurableEngine inMemory(DurableOptions options) {
    return inMemory(options, null);
  }

  static DurableEngine inMemory(DurableOptions options, @Nullable Crashes crashes) {
    VirtualTime time = new VirtualTime("jdbc:h2:mem:" + UUID.randomUUID());
    return own(time.url, options, time, crashes);
  }

  private static DurableEngine own(
      String url, DurableOptions options, @Nullable VirtualTime time, @Nullable Crashes crashes) {
    JdbcConnectionPool pool = JdbcConnectionPool.create(url, "sa", "");
    pool.setMaxConnections(options.workers() + 6);
    return open(pool, options, time, crashes, pool::dispose);
  }

  // ---- what users do

  /**
   * Makes a queue, or gives it another limit: of the runs that are started in it only so many are under way at once, the others wait for their
   * turn, first come, first served. A run is under way from its first step until its end; parked ones don't count.
   *
   * @param name what it is called; up to 100 characters
   * @param most how many are under way at once, on all nodes together; with 0 none begins
   * @return this
   * @throws IllegalArgumentException if the name is empty or too long, or the number negative
   */
  public DurableEngine queue(String name, int most) {
    if (name.isEmpty() || name.length() > MAX_QUEUE) {
      throw new IllegalArgumentException(
          "a queue's name has 1 to " + MAX_QUEUE + " characters: '" + name + "'");
    } else if (most < 0) {
      throw new IllegalArgumentException(
          "the limit of the queue '" + name + "' is " + most + "; the least is 0");
    }
    ask(
        c -> {
          runs.queue(c, name, most);
          return most;
        });
    wake();
    return this;
  }

  /**
   * Registers an object that runs refer to by name: the object whose durable methods are called, and those that their locals hold.
   *
   * @param name stays the same for ever
   * @return this
   */
  public DurableEngine service(String name, Object service) {
    texts.values().services().add(name, service);
    texts
        .values()
        .types()
        .aliases(service.getClass())
        .forEach(a -> program.alias(a, service.getClass()));
    try {
      boolean unused = leavings.adopt();
    } catch (SQLException e) {
      log(System.Logger.Level.DEBUG, "the node looks for itself: " + e.getMessage(), null);
    }
    wake();
    return this;
  }

  /**
   * Starts a run, or finds the one that has the id. It is stored when this returns.
   *
   * @param id up to 200 characters; the same id is the same run, also after its end
   * @param body calls a durable method, as its last act
   * @throws DurableException if the call can't be stored, or the id is that of a run with another method or other arguments
   */
  public <T extends @Nullable Object> Run<T> start(String id, RunBody<T> body) {
    return begin(id, null, body::call);
  }

  /**
   * The same in a queue: the run begins when its turn comes.
   *
   * @param queue a name that {@link #queue} was told
   */
  public <T extends @Nullable Object> Run<T> start(String id, String queue, RunBody<T> body) {
    return begin(id, queue, body::call);
  }

  /** The same, for a method without a result. */
  public Run<@Nullable Void> start(String id, RunAction body) {
    return begin(id, null, body::run);
  }

  private <T extends @Nullable Object> Run<T> begin(
      String id, @Nullable String queue, StartContinuation.Body body) {
    checkOpen();
    NewRun run = told(() -> Starts.of(this, id, queue, body, null));
    String origin = start(run);
    if (!origin.equals(run.origin())) {
      throw otherStart(run);
    }
    wake();
    return new Run<>(this, id);
  }

  private void checkOpen() {
    if (isClosing()) {
      throw new IllegalStateException("the durable engine is closed");
    }
  }

  private String start(NewRun run) {
    try {
      codes.save(run.code(), run.description());
      return run.queue() == null
          ? db.single(c -> newRuns.start(c, run))
          : db.transact(c -> newRuns.start(c, run));
    } catch (SQLException e) {
      throw new DurableException("the durable engine's database can't be asked", e);
    }
  }

  /** What the format refuses, as users see it. */
  private static <T extends @Nullable Object> T told(Supplier<T> work) {
    try {
      return work.get();
    } catch (FormatException e) {
      throw DurableException.of(e);
    }
  }

  static DurableException otherStart(NewRun run) {
    String what =
        "there is a run "
            + run.id()
            + " already, which began with other arguments, or another method, than this call of "
            + run.owner()
            + "."
            + run.method();
    return new DurableException(Fault.OTHER_START.message(what), null);
  }

  /** A handle of a run, whether there is one or not. */
  public <T extends @Nullable Object> Run<T> run(String id) {
    return new Run<>(this, id);
  }

  /**
   * Sends a message to a run; it is stored when this returns.
   *
   * @param name what it is called
   * @param message of a type that can be stored
   * @throws NoSuchRun if there is no run of the id, or it has ended
   */
  public void send(String id, String name, @Nullable Object message) {
    send(id, name, null, message);
  }

  /**
   * The same, with an id of the message: of several of one id the first counts.
   *
   * @param messageId may be null
   */
  public void send(String id, String name, @Nullable String messageId, @Nullable Object message) {
    Objects.requireNonNull(id, "id");
    DurableLink.name(name);
    if (messageId != null) {
      Starts.checked("message's id", messageId);
    }
    checkOpen();
    String body = told(() -> texts.message(message));
    if (ask(c -> messages.send(c, id, name, messageId, body)) == Messages.Sent.NO_RUN) {
      throw noRun(id);
    }
    wake();
  }

  static NoSuchRun noRun(String id) {
    return new NoSuchRun(Fault.NO_RUN.message("there is no run " + id + ", or it has ended"));
  }

  /**
   * Asks a run to end: {@link RunCancelled} is thrown once, at the durable wait where it stands or to which it comes next. A step that runs is
   * finished first.
   *
   * @return whether the run was there and nobody had asked before
   */
  public boolean cancel(String id) {
    boolean done = ask(c -> runs.cancel(c, id));
    wake();
    return done;
  }

  /** Ends a run without running any of its code, {@code finally} blocks included; whether there was one that had not ended. */
  public boolean terminate(String id) {
    boolean done = ask(c -> runs.terminate(c, id));
    ended(id);
    wake();
    return done;
  }

  /** Lets a parked run go on, from where it stands; whether it was parked. */
  public boolean resume(String id) {
    boolean done = ask(c -> runs.resume(c, id));
    wake();
    return done;
  }

  /** As {@link DurableOperator#set}. */
  public boolean set(String id, String local, String json) {
    return operator().set(id, local, json);
  }

  /** What operators do, on this engine's database. */
  public DurableOperator operator() {
    return DurableOperator.of(db);
  }

  /**
   * What has become of a run.
   *
   * @throws NoSuchRun if there is none of the id
   */
  public RunStatus status(String id) {
    return info(id).status();
  }

  /**
   * What is stored of a run, for those who operate it.
   *
   * @throws NoSuchRun if there is none of the id
   */
  public RunInfo info(String id) {
    View view = search(id);
    if (view == null) {
      throw noRun(id);
    }
    return RunInfo.of(view);
  }

  /**
   * Runs of a status, by id.
   *
   * @param most how many at most
   */
  public List<RunInfo> list(RunStatus status, int most) {
    DurableOperator.checkMost(most);
    return look(c -> runs.list(c, Status.valueOf(status.name()), most)).stream()
        .map(RunInfo::of)
        .toList();
  }

  /**
   * Deletes the results of runs that ended longer ago than {@link DurableOptions#keepResults}, and forgets ids after {@link
   * DurableOptions#keepIds}; children's not before their parents' end. Nodes do so by themselves once a minute.
   *
   * @return how many runs were touched
   */
  public int purge() {
    int all = 0;
    for (int n = 1; n > 0; all += n) {
      n = ask(c -> runs.purge(c, options.keepResults().toMillis(), options.keepIds().toMillis()));
    }
    return all;
  }

  /**
   * Figures for whoever watches: runs by status ({@code runs.active}, {@code runs.parked}, …) in the database; {@code working}, the runs that this
   * engine works on now; {@code checkpoints}, those that it has written; {@code lag}, for how many milliseconds the run that waits longest has been
   * due. Asks the database, which counts: every ten seconds is often enough.
   */
  public Map<String, Long> figures() {
    Map<String, Long> figures = new TreeMap<>();
    operator()
        .count()
        .forEach((s, n) -> figures.put("runs." + s.name().toLowerCase(Locale.ROOT), n));
    long[] next = look(claims::nextDue);
    figures.put("lag", Math.max(0, next[1] - Math.min(next[0], next[1])));
    figures.put("working", (long) node.working());
    figures.put("checkpoints", written.sum());
    return figures;
  }

  /** Whether this engine has its lease, and so can work: false while the database is gone, and after {@link #close}. For health checks; asks nobody. */
  public boolean isHealthy() {
    return !isClosing() && node.hasLease();
  }

  // ---- virtual time

  boolean isVirtual() {
    return time != null;
  }

  private VirtualTime time() {
    if (time == null) {
      throw new IllegalStateException(
          "the time of this engine is the database's: DurableEngine.inMemory() has one for tests");
    }
    return time;
  }

  /**
   * Lets time pass: whatever becomes due runs, in the order of time, until nothing can go on, on all nodes over the same database.
   *
   * @throws IllegalStateException if the engine isn't one {@linkplain #inMemory in memory}
   */
  public void advance(Duration time) {
    time().advance(time);
  }

  /** Waits until nothing runs, and nothing is due, on any node over the same database; for engines {@linkplain #inMemory in memory}. */
  public void settle() {
    time().settle();
  }

  /**
   * For tests: a further node over this one's database {@linkplain #inMemory in memory}, in the same time. It has services of its own, and may have
   * options of its own: a newer generation of the program, say.
   *
   * <pre>{@code
   * try (DurableEngine a = DurableEngine.inMemory(); DurableEngine b = a.another(DurableOptions.defaults())) {
   *   Run<String> run = a.start("r", () -> order(17));
   *   a.crash();                          // as kill -9 does
   *   b.advance(Duration.ofSeconds(10));  // a's lease ends, and b takes the run
   *   assertEquals("done", b.run("r").join());
   * }
   * }</pre>
   *
   * @throws IllegalStateException if this engine isn't one in memory
   */
  public DurableEngine another(DurableOptions options) {
    return own(time().url, options, time(), crashes);
  }

  /**
   * For tests: ends this node as {@code kill -9} ends a process. Its runs are as they were stored last, and are others' once its lease has run out; steps
   * that are running end for nothing. It must be closed all the same.
   *
   * @throws IllegalStateException if this engine isn't one {@linkplain #inMemory in memory}, or is closed
   */
  public void crash() {
    VirtualTime shared = time();
    checkOpen();
    if (state.compareAndSet(State.OPEN, State.CRASHED)) {
      shared.crashed(this, options.lease().toMillis());
      watch.close();
    }
  }

  // ---- for the parts of the engine

  <T extends @Nullable Object> T ask(Database.Work<T> work) {
    try {
      return db.transact(work);
    } catch (SQLException e) {
      throw new DurableException("the durable engine's database can't be asked", e);
    }
  }

  /** The same for a single query, in one trip to the database. */
  <T extends @Nullable Object> T look(Database.Work<T> query) {
    try {
      return db.single(query);
    } catch (SQLException e) {
      throw new DurableException("the durable engine's database can't be asked", e);
    }
  }

  /** What is stored of a run, or null. */
  @Nullable View search(String id) {
    return look(c -> Optional.ofNullable(runs.find(c, id))).orElse(null);
  }

  /** There may be something to do, here or elsewhere. */
  void wake() {
    if (ear != null) {
      ear.work();
    }
    node.wake();
  }

  void heardOfWork() {
    node.wake();
  }

  void heardOfEnd(String id) {
    watch.look(id);
  }

  /** Tells other nodes what they may want to know. */
  void tell() throws SQLException {
    if (ear != null) {
      ear.tell();
    }
  }

  /** Whether there are other nodes. */
  void others(boolean others) {
    if (ear != null) {
      ear.others(others);
    }
  }

  boolean isClosing() {
    return state.get() != State.OPEN;
  }

  /** A run has ended, or was parked. */
  void ended(String id) {
    watch.look(id);
    if (ear != null) {
      ear.ended(id);
    }
  }

  void watch() {
    watch.lookAtAll();
  }

  /** Completed when a run ends, or is parked. */
  <T extends @Nullable Object> CompletableFuture<T> outcome(String id) {
    return watch.outcome(id);
  }

  void log(System.Logger.Level level, String message, @Nullable Throwable t) {
    if (!isClosing()) {
      LOG.log(level, message, t);
    }
  }

  /** Stops work: runs that are worked on are handed over at their next checkpoint, at the latest after five seconds. */
  @Override
  public void close() {
    State before = state.getAndSet(State.CLOSED);
    if (before == State.CLOSED) {
      return;
    }
    if (before == State.OPEN) {
      node.close(GRACE_MILLIS);
    }
    if (time != null) {
      time.remove(this);
    }
    if (ear != null) {
      ear.close();
    }
    watch.close();
    try {
      if (open != null) {
        open.close();
      }
    } catch (SQLException e) {
      LOG.log(System.Logger.Level.DEBUG, "closing", e);
    }
    onClose.run();
  }
}
