package dev.coweave.proof.simulation;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.junit.CoroutineTest;
import java.util.concurrent.CompletableFuture;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/** A test that blocks its thread in a way that no interrupt ends. */
@ExtendWith(StuckTest.Expected.class)
class StuckTest {
  private static final Logger LOGGER = Logger.getLogger("dev.coweave");

  @CoroutineTest(wallTimeout = 1)
  void isToldWhileItHangs() {
    CompletableFuture<String> told = new CompletableFuture<>();
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord r) {
            told.complete(r.getMessage());
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    LOGGER.addHandler(handler);
    String message = told.join(); // until it is told
    LOGGER.removeHandler(handler);
    assertTrue(message.startsWith("COWEAVE-473: a run has not ended after 1 s"), message);
    assertTrue(message.contains("StuckTest.isToldWhileItHangs(StuckTest.java"), message);
    assertTrue(message.contains("Await the future instead: Task.await(future)"), message);
  }

  /** It fails all the same, when it has ended. */
  static final class Expected implements TestExecutionExceptionHandler {
    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable t) {
      assertTrue(String.valueOf(t.getMessage()).startsWith("COWEAVE-473"), t.toString());
    }
  }
}
