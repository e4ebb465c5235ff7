package dev.coweave.semantics;

import static dev.coweave.semantics.IoTests.bytes;
import static dev.coweave.semantics.IoTests.fails;
import static dev.coweave.semantics.IoTests.letOthersWait;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.io.Subprocess;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;
import dev.coweave.task.Task;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Processes, and files. The processes are shells and what Unix has beside them. */
@Timeout(300)
@DisabledOnOs(OS.WINDOWS)
class SubprocessTest {
  private static final Duration MOMENT = Duration.ofMillis(1);

  private static ProcessBuilder shell(String script) {
    return new ProcessBuilder("sh", "-c", script);
  }

  @Test
  void run_givesTheExitCode_andWhatWasPrinted() throws Exception {
    EventLoop.run(
        () -> {
          Subprocess.Result r = Subprocess.run(shell("cat; echo oops >&2; exit 3"), bytes("in"));
          assertEquals(3, r.exitCode());
          assertEquals("in", new String(r.stdout(), UTF_8));
          assertEquals("oops\n", new String(r.stderr(), UTF_8));
        });
  }

  @Test
  void run_withMuchOnAllPipes_doesNotLockUp() throws Exception {
    byte[] much = new byte[2_000_000];
    new Random(1).nextBytes(much);
    EventLoop.run(
        () -> {
          Subprocess.Result r =
              Subprocess.run(
                  shell("head -c 1000000 /dev/zero >&2; head -c 1000000 /dev/zero; cat"), much);
          assertEquals(0, r.exitCode());
          assertEquals(1_000_000, r.stderr().length);
          assertEquals(3_000_000, r.stdout().length);
          byte[] last = new byte[much.length];
          System.arraycopy(r.stdout(), 1_000_000, last, 0, last.length);
          assertArrayEquals(much, last);
        });
  }

  @Test
  void run_ofAProcessThatDoesNotReadItsInput_isNoFailure() throws Exception {
    EventLoop.run(() -> assertEquals(0, runWith(shell("exit 0"), new byte[1_000_000])));
  }

  @Coroutine
  private static int runWith(ProcessBuilder builder, byte[] input) throws IOException {
    return Subprocess.run(builder, input).exitCode();
  }

  @Test
  void run_ofOneThatPrintsMoreThanItMay_fails_andKillsIt() throws Exception {
    EventLoop.run(
        () -> {
          for (String script : List.of("exec yes %s", "exec yes %s >&2")) {
            String mark = "endless-" + System.nanoTime();
            ProcessBuilder endless = shell(script.formatted(mark));
            IOException e =
                fails(IOException.class, () -> Subprocess.run(endless, new byte[0], 1000));
            assertEquals("a stream of more than 1000 bytes", e.getMessage());
            assertFalse(lives(mark));
          }
          Subprocess.Result r =
              Subprocess.run(shell("head -c 1000 /dev/zero; printf x >&2"), new byte[0], 1000);
          assertEquals(1000, r.stdout().length);
          assertEquals(1, r.stderr().length);
        });
  }

  private static boolean lives(String mark) {
    return ProcessHandle.current()
        .descendants()
        .anyMatch(p -> p.info().commandLine().orElse("").contains(mark));
  }

  /** Its memory runs out while it collects what a process prints. */
  static final class Collector {
    private Collector() {}

    public static void main(String[] args) throws Exception {
      EventLoop.run(
          () -> {
            try {
              Subprocess.run(new ProcessBuilder("yes"));
            } catch (OutOfMemoryError e) {
              System.out.println(
                  "no memory; children: " + ProcessHandle.current().children().count());
            }
          });
    }
  }

  @Test
  void run_thatRunsOutOfMemory_fails_andKillsIt() throws Exception {
    // Threads that are idle then may say so too.
    String out = OwnJvm.output(0, Collector.class, "-Xmx32m");
    assertTrue(out.contains("no memory; children: 0\n"), out);
  }

  @Test
  void run_endsWithTheProcess_evenIfItsInputIsHeldOpenUnread() throws Exception {
    EventLoop.run(
        () -> {
          // The sleeper inherits the pipe, and never reads.
          Subprocess.Result r =
              Subprocess.run(shell("sleep 20 <&0 >/dev/null 2>&1 & echo $!"), new byte[1 << 20]);
          ProcessHandle.of(Long.parseLong(new String(r.stdout(), UTF_8).trim()))
              .ifPresent(ProcessHandle::destroy);
          assertEquals(0, r.exitCode());
        });
  }

  @Test
  void readAll_readsToTheEnd_orToItsLimit() throws Exception {
    EventLoop.run(
        () -> {
          try (Subprocess p = Subprocess.start(shell("head -c 100000 /dev/zero"))) {
            assertEquals(100_000, p.stdout().readAll(100_000).length);
            assertEquals(0, p.stdout().readAll(0).length);
          }
          try (Subprocess p = Subprocess.start(shell("printf 12345"))) {
            IOException e = fails(IOException.class, () -> p.stdout().readAll(4));
            assertEquals("a stream of more than 4 bytes", e.getMessage());
            assertEquals("12345", p.stdout().readLine()); // What has come is there.
          }
        });
  }

  @Test
  void run_cancelled_killsTheProcess(@TempDir Path directory) throws Exception {
    Path pid = directory.resolve("pid");
    EventLoop.run(
        () -> {
          Task<Subprocess.Result> running =
              Task.start(() -> Subprocess.run(shell("echo $$ > " + pid + "; exec sleep 1000")));
          while (!Files.exists(pid) || Files.size(pid) == 0) {
            Task.sleep(MOMENT);
          }
          ProcessHandle process =
              ProcessHandle.of(Long.parseLong(Files.readString(pid).trim())).orElseThrow();
          assertTrue(process.isAlive());
          running.cancel(false);
          while (!running.isDone()) {
            Task.sleep(MOMENT);
          }
          assertTrue(running.isCancelled());
          assertFalse(process.isAlive());
        });
  }

  @Test
  void aProgramThatDoesNotExist_saysSo() throws Exception {
    EventLoop.run(
        () -> {
          IOException e =
              fails(
                  IOException.class,
                  () -> Subprocess.start(new ProcessBuilder("no-such-program-anywhere")));
          assertTrue(e.getMessage().contains("no-such-program-anywhere"), e.getMessage());
        });
  }

  @Test
  void aConversation_lineByLine() throws Exception {
    EventLoop.run(
        () -> {
          try (Subprocess cat = Subprocess.start(new ProcessBuilder("cat"))) {
            for (int i = 0; i < 20; i++) {
              cat.stdin().write(bytes("line " + i + "\n"));
              assertEquals("line " + i, cat.stdout().readLine());
            }
            cat.stdin().close();
            assertNull(cat.stdout().readLine());
            assertEquals(-1, cat.stderr().read(ByteBuffer.allocate(1)));
            assertEquals(0, cat.waitFor());
          }
        });
  }

  @Test
  void muchGoesThrough_writtenAndReadAtOnce() throws Exception {
    byte[] much = new byte[5_000_000];
    new Random(2).nextBytes(much);
    EventLoop.run(
        () -> {
          try (Subprocess cat = Subprocess.start(new ProcessBuilder("cat"))) {
            Task<Void> writing = Task.start(() -> cat.stdin().write(much));
            assertArrayEquals(much, cat.stdout().readExactly(much.length));
            Task.await(writing);
          }
        });
  }

  @Test
  void aReadThatTimesOut_endsAtOnce_andHasTakenNoByte() throws Exception {
    EventLoop.run(
        () -> {
          try (Subprocess cat = Subprocess.start(new ProcessBuilder("cat"))) {
            for (int i = 0; i < 5; i++) {
              fails(
                  TimeoutException.class,
                  () -> Task.timeout(MOMENT, () -> cat.stdout().readLine()));
              cat.stdin().write(bytes("ab"));
            }
            fails(
                TimeoutException.class, () -> Task.timeout(MOMENT, () -> cat.stdout().readLine()));
            cat.stdin().write(bytes("\n"));
            assertEquals("ababababab", cat.stdout().readLine());
          }
        });
  }

  @Test
  void aWriteToOneThatDoesNotRead_canBeCancelled_andBreaksLaterOnes() throws Exception {
    EventLoop.run(
        () -> {
          try (Subprocess deaf = Subprocess.start(shell("exec sleep 1000"))) {
            Task<Void> writing = Task.start(() -> deaf.stdin().write(new byte[1_000_000]));
            letOthersWait();
            assertFalse(writing.isDone());
            writing.cancel(false);
            letOthersWait();
            assertTrue(writing.isCancelled());
            IOException e = fails(IOException.class, () -> deaf.stdin().write(bytes("x")));
            assertEquals(
                "an earlier write was cancelled half way: the standard input of Subprocess "
                    + deaf.handle().pid()
                    + " (sh)",
                e.getMessage());
          }
        });
  }

  @Test
  void whereNoThreadCanBeStarted_nothingIsReadOrWritten_andBothCanBeTriedAgain() throws Exception {
    EventLoop.run(
        () -> {
          List<Subprocess> cats = new ArrayList<>();
          List<Task<String>> readers = new ArrayList<>();
          while (readers.stream().noneMatch(Task::isDone)) { // threads that idle are taken first
            Subprocess cat = Subprocess.start(new ProcessBuilder("cat"));
            cats.add(cat);
            try (NoThreads none = new NoThreads()) {
              readers.add(Task.start(() -> cat.stdout().readLine()));
              letOthersWait();
            }
          }
          Subprocess last = cats.get(cats.size() - 1);
          fails(OutOfMemoryError.class, () -> Task.await(readers.get(readers.size() - 1)));
          try (NoThreads none = new NoThreads()) {
            fails(OutOfMemoryError.class, () -> last.stdin().write(bytes("once\n")));
          }
          last.stdin().write(bytes("again\n"));
          assertEquals("again", last.stdout().readLine());
          for (Subprocess cat : cats) {
            cat.close();
          }
          while (EventLoop.current().figures().workers() > 0) {
            Task.yield(); // A reader is on its way out: its task ended when the stream was closed.
          }
        });
  }

  @Test
  void waitFor_canTimeOut_andTheProcessGoesOn() throws Exception {
    EventLoop.run(
        () -> {
          try (Subprocess p = Subprocess.start(shell("read line; exit 7"))) {
            fails(TimeoutException.class, () -> Task.timeout(MOMENT, () -> p.waitFor()));
            assertTrue(p.handle().isAlive());
            p.stdin().write(bytes("go\n"));
            assertEquals(7, p.waitFor());
            assertEquals(7, p.waitFor());
          }
        });
  }

  @Test
  void fromPlainCode_itBlocks() throws Exception {
    Subprocess p = Subprocess.start(shell("read line; echo got $line; exit 7"));
    p.stdin().write(bytes("it\n"));
    assertEquals("got it", p.stdout().readLine());
    assertEquals(-1, p.stdout().read(ByteBuffer.allocate(1)));
    assertEquals(7, p.waitFor());
    p.close();
  }

  @Test
  void closing_endsTheProcess_andFailsWhoWaitsForIt() throws Exception {
    EventLoop.run(
        () -> {
          Subprocess p = Subprocess.start(shell("exec sleep 1000"));
          Task<String> reader = Task.start(() -> p.stderr().readLine());
          letOthersWait();
          p.stdout().close();
          fails(AsynchronousCloseException.class, () -> p.stdout().readLine());
          p.close();
          assertFalse(p.handle().isAlive());
          assertEquals(128 + 15, p.waitFor());
          assertEndedOrClosed(reader);
          fails(IOException.class, () -> p.stdin().write(bytes("x")));
          p.close();
        });
  }

  /** The process's end and that of its streams are seen one after the other. */
  @Coroutine
  private static void assertEndedOrClosed(Task<String> reader) {
    try {
      assertNull(Task.await(reader, IOException.class));
    } catch (IOException e) {
      assertEquals(AsynchronousCloseException.class, e.getClass());
    }
  }

  @Test
  void closing_oneThatDoesNotWantToEnd_killsItAfterTheGrace() throws Exception {
    EventLoop.run(() -> closesOneThatDoesNotWantToEnd());
  }

  @Coroutine
  private static void closesOneThatDoesNotWantToEnd() throws IOException {
    Subprocess p = Subprocess.start(shell("trap '' TERM; echo ready; exec sleep 1000"));
    assertEquals("ready", p.stdout().readLine());
    p.close(Duration.ofMillis(20));
    assertEquals(128 + 9, p.waitFor());
  }

  /** JDK 25 runs there what it has to do after a delay, or when a process has ended. */
  @Test
  void closing_andTheEndOfAProcess_needNoneOfTheCommonPoolsThreads() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    List<Future<?>> blocked = new ArrayList<>();
    for (int i = 0; i < 300; i++) { // more than the pool has, those that compensate included
      blocked.add(ForkJoinPool.commonPool().submit(() -> over.await(1, TimeUnit.MINUTES)));
    }
    try {
      EventLoop.run(
          () -> {
            closesOneThatDoesNotWantToEnd();
            assertEquals(7, Subprocess.run(shell("exit 7")).exitCode());
          });
      assertTrue(blocked.stream().anyMatch(f -> !f.isDone()));
    } finally {
      over.countDown();
    }
  }

  @Test
  void cancellation_closesTheBlock_andWaitsForTheProcessToEnd() throws Exception {
    ProcessHandle[] process = {null};
    EventLoop.run(
        () -> {
          Task<Void> task =
              Task.start(
                  () -> {
                    try (Subprocess p = Subprocess.start(shell("exec sleep 1000"))) {
                      process[0] = p.handle();
                      p.waitFor();
                    }
                  });
          while (process[0] == null) {
            Task.sleep(MOMENT);
          }
          task.cancel(false);
          while (!task.isDone()) {
            Task.sleep(MOMENT);
          }
          assertTrue(task.isCancelled());
          assertFalse(process[0].isAlive());
        });
  }

  @Test
  void theLoopGoesOn_whileATaskWaitsForAProcess() throws Exception {
    EventLoop.run(
        () -> {
          try (Subprocess p = Subprocess.start(shell("read line; echo $line"))) {
            Task<String> waiting = Task.start(() -> p.stdout().readLine());
            int[] steps = {0};
            for (; steps[0] < 100; steps[0]++) {
              Task.yield();
            }
            assertFalse(waiting.isDone());
            p.stdin().write(bytes("now\n"));
            assertEquals("now", Task.await(waiting));
          }
        });
  }

  @Test
  void aVirtualClock_standsStill_whileATaskWaitsForAProcess() throws Exception {
    VirtualClock clock = new VirtualClock();
    EventLoop.run(
        clock,
        () -> {
          Subprocess.Result r =
              Task.timeout(
                  Duration.ofHours(1), () -> Subprocess.run(shell("sleep 0.1; echo done")));
          assertEquals("done\n", new String(r.stdout(), UTF_8));
          assertEquals(Duration.ZERO, clock.elapsed());
        });
  }

  @Test
  void files_areReadAndWrittenOnAWorkerThread(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("file");
    EventLoop.run(
        () -> {
          Task.blocking(() -> Files.writeString(file, "written by a worker"));
          assertEquals("written by a worker", Task.blocking(() -> Files.readString(file)));
        });
  }
}
