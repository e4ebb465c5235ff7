package dev.coweave.junit.network;

/**
 * What packets meet on their way from one host to another.
 *
 * @param least nanoseconds that one takes at least
 * @param most nanoseconds that one takes at most
 * @param loss how probable it is that one is lost; TCP sends it again, later
 * @param copies how probable it is that a datagram arrives twice
 * @param resets how probable it is that a segment of TCP ends its connection
 * @param rate bytes a second of one connection; 0 for no limit
 */
record Conditions(long least, long most, double loss, double copies, double resets, long rate) {
  /** Those of a local network. */
  static final Conditions LOCAL = new Conditions(100_000, 1_000_000, 0, 0, 0, 0);

  /** Those within a host. */
  static final Conditions LOOPBACK = new Conditions(10_000, 10_000, 0, 0, 0, 0);

  Conditions latency(long least, long most) {
    return new Conditions(least, most, loss, copies, resets, rate);
  }

  Conditions loss(double loss) {
    return new Conditions(least, most, loss, copies, resets, rate);
  }

  Conditions copies(double copies) {
    return new Conditions(least, most, loss, copies, resets, rate);
  }

  Conditions resets(double resets) {
    return new Conditions(least, most, loss, copies, resets, rate);
  }

  Conditions rate(long rate) {
    return new Conditions(least, most, loss, copies, resets, rate);
  }
}
