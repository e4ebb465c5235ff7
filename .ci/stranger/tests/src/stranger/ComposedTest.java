package stranger;

/** Nothing in its class file names Coweave. */
class ComposedTest {
  @Explored
  void waits() {
    Waiting.anHour();
  }
}
