package compared;

import java.util.concurrent.atomic.AtomicReference;
import kotlin.Unit;
import org.pastalab.fray.core.command.Configuration;
import org.pastalab.fray.core.observers.TimelineCoverageType;
import org.pastalab.fray.core.randomness.ControlledRandomProvider;
import org.pastalab.fray.core.scheduler.POSScheduler;
import org.pastalab.fray.junit.plain.FrayInTestLauncher;

/** Fray runs threads one at a time, in random orders (POS, its default). */
final class WithFray {
  private static final int SECONDS = 120;

  private WithFray() {}

  public static void main(String[] args) {
    int most = Integer.parseInt(args[0]);
    for (Fault fault : Fault.values()) {
      for (boolean correct : new boolean[] {false, true}) {
        long start = System.nanoTime();
        AtomicReference<Configuration> config = new AtomicReference<>();
        Throwable found = null;
        try {
          FrayInTestLauncher.INSTANCE.launchFray(
              () -> fault.run(correct),
              new POSScheduler(),
              new ControlledRandomProvider(),
              most,
              SECONDS,
              false,
              TimelineCoverageType.NONE,
              c -> {
                config.set(c);
                return Unit.INSTANCE;
              });
        } catch (Throwable t) {
          found = t;
        }
        int runs = config.get().getCurrentIteration() + (found == null ? 0 : 1);
        Told.tell("Fray", fault.name(), correct, runs, start, found);
      }
    }
    System.exit(0);
  }
}
