package dev.coweave.loop;

/** The clock of {@link Clock#system}. */
enum SystemClock implements Clock {
  INSTANCE;

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }
}
