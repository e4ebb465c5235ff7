package dev.coweave.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.CoroutineRunnable;
import dev.coweave.io.Readiness;
import dev.coweave.io.Subprocess;
import dev.coweave.io.TcpConnection;
import dev.coweave.junit.CoroutineAssertions;
import dev.coweave.junit.CoroutineTests;
import dev.coweave.loop.EventLoop;
import java.nio.channels.Pipe;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** The parts of dev.coweave.io that no seed decides are refused in a simulation. */
class RefusedTest {
  private static final ProcessBuilder JAVA =
      new ProcessBuilder(
          Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-version");

  private static String refusal(CoroutineRunnable body) throws Exception {
    AtomicReference<String> message = new AtomicReference<>();
    CoroutineTests.run(
        1,
        sim ->
            message.set(
                CoroutineAssertions.assertThrows(
                        UnsupportedOperationException.class, () -> body.run())
                    .getMessage()));
    return Objects.requireNonNull(message.get());
  }

  @Test
  void processesAreRefused() throws Exception {
    assertEquals(
        """
        COWEAVE-408: Subprocess.start in a simulation
          because: a process runs in real time, and no seed could repeat what it does
          fix: call it through something that the test replaces; or test that part by EventLoop.run, outside the simulation\
        """,
        refusal(() -> Subprocess.start(JAVA)));
    assertTrue(refusal(() -> Subprocess.run(JAVA)).startsWith("COWEAVE-408: Subprocess.start in"));
  }

  @Test
  void aProcessFromOutside_isntWaitedFor() throws Exception {
    AtomicReference<Subprocess> started = new AtomicReference<>();
    EventLoop.run(() -> started.set(Subprocess.start(JAVA)));
    Subprocess p = started.get();
    String[] texts = {
      refusal(() -> p.waitFor()),
      refusal(() -> p.stderr().readLine()),
      refusal(() -> p.stdin().write(new byte[1]))
    };
    EventLoop.run(() -> p.close());
    assertTrue(texts[0].startsWith("COWEAVE-408: Subprocess.waitFor in a simulation"), texts[0]);
    assertTrue(texts[1].startsWith("COWEAVE-408: ByteInput.readLine in a simulation"), texts[1]);
    assertTrue(texts[2].startsWith("COWEAVE-408: ByteOutput.write in a simulation"), texts[2]);
  }

  @Test
  void channelsAreRefused() throws Exception {
    Pipe pipe = Pipe.open();
    pipe.source().configureBlocking(false);
    try (SocketChannel channel = SocketChannel.open()) {
      assertTrue(refusal(() -> Readiness.readable(pipe.source())).startsWith("COWEAVE-480"));
      assertTrue(refusal(() -> new TcpConnection(channel)).startsWith("COWEAVE-480"));
    } finally {
      pipe.source().close();
      pipe.sink().close();
    }
  }
}
