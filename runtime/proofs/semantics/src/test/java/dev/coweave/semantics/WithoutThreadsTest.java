package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.coweave.Coroutine;
import dev.coweave.io.UdpSocket;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.StreamHandler;
import org.junit.jupiter.api.Test;

/**
 * Where no thread can be started, as in a container that has reached its limit: what needs one throws, what can do without goes
 * on, and all works again as soon as there are threads.
 */
class WithoutThreadsTest {
  /** Does what starts a thread of the runtime's when it is first done. */
  static final class Program {
    private Program() {}

    public static void main(String[] args) {
      Logger logger = Logger.getLogger("dev.coweave");
      logger.setUseParentHandlers(false);
      logger.addHandler(
          new StreamHandler() {
            @Override
            public void publish(LogRecord report) {
              System.out.println("  " + report.getMessage());
            }
          });
      try (NoThreads none = new NoThreads()) {
        tryAll();
      }
      tryAll();
    }

    private static void tryAll() {
      say("a loop", () -> EventLoop.run(Program::yields));
      say("a failure that nobody asks for", () -> EventLoop.run(Program::drops));
      say("a loop with a thread", Program::opens);
      say("a timer of an executor", () -> Task.start(Runnable::run, Program::sleeps).join());
      say("a channel of an executor", () -> Task.start(Runnable::run, Program::sends).join());
    }

    private static void say(String what, Callable<String> attempt) {
      String outcome;
      try {
        outcome = attempt.call();
      } catch (Throwable t) {
        outcome = t.toString();
      }
      System.out.println(what + ": " + outcome);
    }

    @Coroutine
    private static String yields() {
      Task.yield();
      return "runs";
    }

    @Coroutine
    private static String drops() {
      Task.start(
          "dropped",
          () -> {
            throw new IllegalStateException();
          });
      Task.yield();
      return "does no harm";
    }

    private static String opens() {
      EventLoop.open("own").close();
      return "opens";
    }

    /** Twice: a wait that could not begin must leave nothing behind. */
    @Coroutine
    private static String sleeps() {
      String outcome;
      try {
        Task.sleep(Duration.ofMillis(1));
        outcome = "slept";
      } catch (OutOfMemoryError e) {
        outcome = e.getMessage();
      }
      Task.yield();
      return outcome;
    }

    @Coroutine
    private static String sends() throws Exception {
      try (UdpSocket socket = UdpSocket.bind(new InetSocketAddress("localhost", 0))) {
        Task<String> receiver = Task.start(Runnable::run, () -> receives(socket));
        Task.yield(); // It waits now.
        socket.send(ByteBuffer.wrap(new byte[1]), socket.localAddress());
        return Task.await(receiver);
      }
    }

    @Coroutine
    private static String receives(UdpSocket socket) throws Exception {
      ByteBuffer datagram = ByteBuffer.allocate(1);
      String outcome;
      try {
        socket.receive(datagram);
        outcome = "received";
      } catch (OutOfMemoryError e) {
        outcome = e.getMessage();
      }
      Task.yield();
      return outcome;
    }
  }

  @Test
  void whatNeedsOne_throws_andWorksLater() throws Exception {
    assertEquals(
        """
        a loop: runs
          Task[dropped] failed, and nobody asked for its outcome
        a failure that nobody asks for: does no harm
        a loop with a thread: java.lang.OutOfMemoryError: no threads
        a timer of an executor: no threads
        a channel of an executor: no threads
        a loop: runs
          Task[dropped] failed, and nobody asked for its outcome
        a failure that nobody asks for: does no harm
        a loop with a thread: opens
        a timer of an executor: slept
        a channel of an executor: received
        """,
        OwnJvm.output(0, Program.class));
  }
}
