package stranger;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.coweave.Coroutine;
import dev.coweave.io.TcpConnection;
import dev.coweave.io.TcpServer;
import dev.coweave.junit.CoroutineExtension;
import dev.coweave.junit.CoroutineTest;
import dev.coweave.junit.Simulation;
import dev.coweave.task.Task;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** All kinds of tests, side by side in several threads. */
@ExtendWith(CoroutineExtension.class)
class KindsTest {
  private Duration before = Duration.ZERO;

  @BeforeEach
  @Coroutine
  void setUp(Simulation sim) {
    Task.sleep(Duration.ofSeconds(1));
    before = sim.elapsed();
  }

  @AfterEach
  @Coroutine
  void tearDown() {
    Task.sleep(Duration.ofSeconds(1));
    assertEquals(Duration.ofSeconds(1), before);
  }

  @CoroutineTest
  void waits(TestInfo info, Simulation sim) {
    Waiting.anHour();
    assertEquals(Duration.ofMinutes(59).plusSeconds(1), sim.elapsed());
  }

  @CoroutineTest(seeds = 50)
  void talks(Simulation sim) throws Exception {
    sim.node("server", () -> serve());
    Task.sleep(Duration.ofSeconds(1));
    try (TcpConnection c = TcpConnection.connect("server", 80)) {
      assertEquals("hello", c.readLine(100));
    }
  }

  @Coroutine
  private static void serve() throws Exception {
    try (TcpServer server = TcpServer.bind(new InetSocketAddress(80));
        TcpConnection c = server.accept()) {
      c.write("hello\n".getBytes());
    }
  }

  @Coroutine
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void parameters(int n) {
    Task.sleep(Duration.ofSeconds(n));
  }

  @Coroutine
  @RepeatedTest(2)
  void repeats() {
    Waiting.anHour();
  }

  @Nested
  class Inner {
    @CoroutineTest(seeds = 10)
    void hasTheOutersWorld(Simulation sim) {
      Waiting.anHour();
      assertEquals(Duration.ofMinutes(59).plus(before), sim.elapsed());
    }
  }
}
