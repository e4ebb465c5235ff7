package dev.coweave.durable.format;

/** What can go wrong with a run; docs/errors.md has a section for each. */
public enum Fault {
  OUTSIDE_RUN(
      451,
      "a durable method is stored at its waits, and only the engine knows where",
      "start a run: engine.start(\"id\", () -> …); in tests DurableEngine.inMemory() is such an"
          + " engine"),
  NOT_STORABLE(
      452,
      "what a run still needs after a durable wait is stored with it",
      "keep what it is made of instead: a record, an enum, a string, a number, a collection of"
          + " these, or a service that the engine knows; a class of your own can be annotated"
          + " @Storable"),
  NOT_LOADABLE(
      453,
      "only values of the types that the program's code names are created when a run is loaded",
      "bring back the type, give the new one the old one's name as an alias (@Storable), or change"
          + " the value: see docs/durable.md"),
  CODE_CHANGED(
      454,
      "the code has changed where the run stands, and it can't be told where it would go on",
      "deploy code that has the point, edit the run's locals and resume it, or terminate it"),
  POINT_GONE(
      465,
      "a run goes on at the point where it stands, which is found by its name",
      "deploy code that has the point once, under its name, or terminate the run"),
  POINT_MOVED(
      466,
      "what the run has done and what it has still to do is no longer what lies before and after"
          + " the point",
      "deploy code in which nothing moves across the point, and the loops and try blocks around it"
          + " are the same; or terminate the run"),
  SLOT_UNFIT(
      467,
      "what the code needs after the point is found by name and type, or by how it came about",
      "set the local (see docs/durable-operations.md) and resume the run, or deploy code whose"
          + " locals fit"),
  CALL_CHANGED(
      468,
      "the method that was called is to return to the call where its caller stands",
      "deploy code that calls it there, or terminate the run"),
  OTHER_START(
      455,
      "a run's id makes its start idempotent: the same id is the same run",
      "start it with the same method and arguments, or take another id"),
  NO_DURABLE_CALL(
      456,
      "a run is the durable call that its lambda ends with: the method, its arguments and its"
          + " service are stored",
      "let the lambda call a @Durable method that was woven, on a service that engine.service(name,"
          + " object) knows, not on a proxy of it"),
  TOO_LARGE(
      457,
      "a run is stored as a whole at each of its waits",
      "keep large data elsewhere and its key in the run, or raise the engine's limit"),
  POISON(
      458,
      "each node that took the run ended before the run got to its next checkpoint",
      "find out why, then resume it"),
  UNSAFE_DATABASE(
      459,
      "a commit that the database acknowledges must outlive its process",
      "configure the database as docs/durable-operations.md says"),
  NO_RUN(
      460,
      "a message is for a run that can still receive it",
      "start the run first; an id that has ended stays so"),
  OTHER_SCHEMA(
      461,
      "the tables were made by a newer version of coweave-durable",
      "use that version, or a newer one"),
  BAD_TEXT(
      462, "what is stored of the run can't be read", "restore it from a backup, or terminate it"),
  NO_SERVICE(464, "a service is stored by its name", "register it: engine.service(name, object)"),
  REFUSED(
      482,
      "what a run stores is a row of the database, and the same would be refused again",
      "see what the database says, and put it right; then resume the run"),
  LONG_TRANSACTION(
      483,
      "a process that is stopped in the middle of a transaction must not hold its rows for longer",
      "do less in one transaction, and what waits for others in a step; or give the engine a longer"
          + " lease: DurableOptions.lease"),
  NOT_DURABLE(
      463,
      "the activation of a method that isn't durable can't be stored",
      "annotate the method @Durable, or put the call inside a step");

  private final int number;
  private final String because;
  private final String fix;

  Fault(int number, String because, String fix) {
    this.number = number;
    this.because = because;
    this.fix = fix;
  }

  /** Such as {@code COWEAVE-451}. */
  public String code() {
    return "COWEAVE-" + number;
  }

  /**
   * The whole message.
   *
   * @param what what was found, a sentence without a full stop
   */
  public String message(String what) {
    return code() + ": " + what + "\n  because: " + because + "\n  fix:     " + fix;
  }
}
