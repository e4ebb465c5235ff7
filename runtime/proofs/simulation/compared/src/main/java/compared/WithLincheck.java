package compared;

import org.jetbrains.lincheck.Lincheck;

/** Lincheck explores the switches of threads by model checking; it doesn't tell how many it has tried. */
final class WithLincheck {
  private WithLincheck() {}

  public static void main(String[] args) {
    int most = Integer.parseInt(args[0]);
    for (Fault fault : Fault.values()) {
      for (boolean correct : new boolean[] {false, true}) {
        long start = System.nanoTime();
        Throwable found = null;
        try {
          Lincheck.runConcurrentTest(most, () -> fault.run(correct));
        } catch (Throwable t) {
          found = t;
        }
        Told.tell("Lincheck", fault.name(), correct, 0, start, found);
      }
    }
    System.exit(0);
  }
}
