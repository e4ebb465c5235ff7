package dev.coweave.proof.simulation.docs;

import static dev.coweave.junit.CoroutineAssertions.assertThrows;
import static dev.coweave.junit.CoroutineAssertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.io.TcpConnection;
import dev.coweave.io.TcpServer;
import dev.coweave.junit.CoroutineTest;
import dev.coweave.junit.Simulation;
import dev.coweave.junit.network.Node;
import dev.coweave.task.Task;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/** The tests that docs/testing.md shows; the build doesn't find them by their name, for one fails. */
class AccountRaces {
  @CoroutineTest
  void cannotBeOverdrawn() {
    Account account = new Account();
    assertTrue(account.withdraw(70));
    assertEquals(30, account.balance);
  }

  @CoroutineTest(seeds = 1000)
  void isNeverOverdrawn(Simulation sim) {
    Account account = account();
    Task<Boolean> atm = sim.loop("bank").start("atm", () -> account.withdraw(70));
    sim.settle();
    Task.sleep(Duration.ofMillis(1));
    account.withdraw(70);
    atm.await();
    assertEquals(30, account.balance);
  }

  Account account() {
    return new Account();
  }

  @CoroutineTest
  void timesAreVirtual(Simulation sim) throws Exception {
    assertTimeout(Duration.ofSeconds(2), () -> Task.sleep(Duration.ofSeconds(1)));
    assertThrows(
        TimeoutException.class,
        () -> Task.timeout(Duration.ofMinutes(10), () -> Task.sleep(Duration.ofMinutes(20))));
    sim.advanceTimeBy(Duration.ofMinutes(5));
  }

  @CoroutineTest(seeds = 20)
  void survivesACrash(Simulation sim) throws Exception {
    Node server = sim.node("server", () -> serve());
    Task.sleep(Duration.ofSeconds(1));
    assertEquals("hello", ask());
    server.crash();
    server.restart();
    Task.sleep(Duration.ofSeconds(1));
    sim.network().all().latency(Duration.ofMillis(5), Duration.ofMillis(50));
    assertEquals("hello", ask());
  }

  @Coroutine
  static void serve() throws IOException {
    try (TcpServer tcp = TcpServer.bind(new InetSocketAddress(80))) {
      while (true) {
        try (TcpConnection c = tcp.accept()) {
          c.write("hello\n".getBytes());
        }
      }
    }
  }

  @Coroutine
  static String ask() throws IOException {
    try (TcpConnection c = TcpConnection.connect("server", 80)) {
      return c.readLine(100);
    }
  }
}
