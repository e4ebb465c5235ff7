package dev.coweave.durable;

import java.time.Duration;
import java.util.Objects;

/**
 * How an engine works. Immutable.
 *
 * @param workers how many threads work on runs; steps block them. A run whose checkpoint is being written needs none meanwhile
 * @param lease after how long without a sign a node is taken to be dead; others then take its runs
 * @param poll how often the database is asked for work that nobody here was told of
 * @param generation the program's: rises with each deployment; a node takes no run of a newer one
 * @param reload whether a run is loaded anew at each checkpoint, as if the node had ended there: for tests
 * @param maxCharacters how long the text of a run may be
 * @param maxClaims how often a run is taken without getting to a checkpoint, before it is parked
 * @param unsafe whether commits that a crash of the database undoes are accepted
 * @param loader where the classes of runs are found
 * @param secrecy encrypts what is stored of values
 * @param keepResults how long a run's result is kept after its end
 * @param keepIds how long its id is kept after that: starting it again finds a run that has ended
 */
public record DurableOptions(
    int workers,
    Duration lease,
    Duration poll,
    int generation,
    boolean reload,
    int maxCharacters,
    int maxClaims,
    boolean unsafe,
    ClassLoader loader,
    Secrecy secrecy,
    Duration keepResults,
    Duration keepIds) {
  /**
   * Options, all of them.
   *
   * @throws IllegalArgumentException if with one of them no run could go on
   */
  public DurableOptions {
    check(workers > 0, "at least one worker is needed: " + workers);
    check(lease.toMillis() >= 100, "a lease is 100 ms at least: " + lease);
    check(poll.toMillis() > 0, "polling is a millisecond apart at least: " + poll);
    check(maxCharacters > 0, "a run has some characters: " + maxCharacters);
    check(maxClaims > 0, "a run is taken once at least: " + maxClaims);
    check(
        !keepResults.isNegative() && !keepIds.isNegative(), "results and ids are kept for a time");
    Objects.requireNonNull(loader, "loader");
    Objects.requireNonNull(secrecy, "secrecy");
  }

  private static void check(boolean good, String otherwise) {
    if (!good) {
      throw new IllegalArgumentException(otherwise);
    }
  }

  /** What the system property says, which has one value: another is a slip, and the tests would show less than they seem to. */
  private static boolean reloads() {
    String value = System.getProperty("coweave.durable.reload");
    if (value != null && !value.equals("always")) {
      System.getLogger("dev.coweave.durable")
          .log(
              System.Logger.Level.WARNING,
              "coweave.durable.reload={0} is ignored: it may be \"always\"",
              value);
    }
    return value != null && value.equals("always");
  }

  /**
   * The usual: 16 workers, a lease of 5 s, polling four times a second, 1,000,000 characters, 5 claims, results
   * kept for 30 days and ids for a year; reload as the system property
   * {@code coweave.durable.reload} says: {@code always}, else not.
   */
  public static DurableOptions defaults() {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    return new DurableOptions(
        16,
        Duration.ofSeconds(5),
        Duration.ofMillis(250),
        0,
        reloads(),
        1_000_000,
        5,
        false,
        context == null ? DurableOptions.class.getClassLoader() : context,
        Secrecy.NONE,
        Duration.ofDays(30),
        Duration.ofDays(365));
  }

  /** The same with another number of workers. */
  public DurableOptions workers(int workers) {
    return new DurableOptions(
        workers,
        lease,
        poll,
        generation,
        reload,
        maxCharacters,
        maxClaims,
        unsafe,
        loader,
        secrecy,
        keepResults,
        keepIds);
  }

  /** The same with another lease. */
  public DurableOptions lease(Duration lease) {
    return new DurableOptions(
        workers,
        lease,
        poll,
        generation,
        reload,
        maxCharacters,
        maxClaims,
        unsafe,
        loader,
        secrecy,
        keepResults,
        keepIds);
  }

  /** The same with another interval of polling. */
  public DurableOptions poll(Duration poll) {
    return new DurableOptions(
        workers,
        lease,
        poll,
        generation,
        reload,
        maxCharacters,
        maxClaims,
        unsafe,
        loader,
        secrecy,
        keepResults,
        keepIds);
  }

  /** The same for a program of another generation. */
  public DurableOptions generation(int generation) {
    return new DurableOptions(
        workers,
        lease,
        poll,
        generation,
        reload,
        maxCharacters,
        maxClaims,
        unsafe,
        loader,
        secrecy,
        keepResults,
        keepIds);
  }

  /** The same, with or without loading anew at each checkpoint. */
  public DurableOptions reload(boolean reload) {
    return new DurableOptions(
        workers,
        lease,
        poll,
        generation,
        reload,
        maxCharacters,
        maxClaims,
        unsafe,
        loader,
        secrecy,
        keepResults,
        keepIds);
  }

  /** The same with another limit of a run's text. */
  public DurableOptions maxCharacters(int maxCharacters) {
    return new DurableOptions(
        workers,
        lease,
        poll,
        generation,
        reload,
        maxCharacters,
        maxClaims,
        unsafe,
        loader,
        secrecy,
        keepResults,
        keepIds);
  }

  /** The same with another number of claims. */
  public DurableOptions maxClaims(int maxClaims) {
    return new DurableOptions(
        workers,
        lease,
        poll,
        generation,
        reload,
        maxCharacters,
        maxClaims,
        unsafe,
        loader,
        secrecy,
        keepResults,
        keepIds);
  }

  /** The same on a database that may lose acknowledged commits. */
  public DurableOptions unsafe(boolean unsafe) {
    return new DurableOptions(
        workers,
        lease,
        poll,
        generation,
        reload,
        maxCharacters,
        maxClaims,
        unsafe,
        loader,
        secrecy,
        keepResults,
        keepIds);
  }

  /** The same with classes of another loader. */
  public DurableOptions loader(ClassLoader loader) {
    return new DurableOptions(
        workers,
        lease,
        poll,
        generation,
        reload,
        maxCharacters,
        maxClaims,
        unsafe,
        loader,
        secrecy,
        keepResults,
        keepIds);
  }

  /** The same with values encrypted; names of methods, points and locals are not. */
  public DurableOptions secrecy(Secrecy secrecy) {
    return new DurableOptions(
        workers,
        lease,
        poll,
        generation,
        reload,
        maxCharacters,
        maxClaims,
        unsafe,
        loader,
        secrecy,
        keepResults,
        keepIds);
  }

  /** The same with other times for which results and ids are kept. */
  public DurableOptions keep(Duration keepResults, Duration keepIds) {
    return new DurableOptions(
        workers,
        lease,
        poll,
        generation,
        reload,
        maxCharacters,
        maxClaims,
        unsafe,
        loader,
        secrecy,
        keepResults,
        keepIds);
  }
}
