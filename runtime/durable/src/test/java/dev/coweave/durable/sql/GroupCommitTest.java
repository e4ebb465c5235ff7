package dev.coweave.durable.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

class GroupCommitTest {
  private final List<List<Integer>> groups = new CopyOnWriteArrayList<>();
  private final CountDownLatch firstIsWritten = new CountDownLatch(1);
  private final CountDownLatch othersWait = new CountDownLatch(1);

  /** Writes the first group when the others wait; a negative number is refused, and its whole group with it. */
  private void write(List<GroupCommit.Entry<Integer, String>> group, String state)
      throws SQLException {
    List<Integer> items = group.stream().map(e -> e.item).toList();
    groups.add(items);
    if (items.contains(0)) {
      firstIsWritten.countDown();
      awaitQuietly(othersWait);
    }
    if (items.stream().anyMatch(i -> i < 0)) {
      throw new SQLException("a negative number", state);
    }
    group.forEach(e -> e.done("stored " + e.item));
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static CompletableFuture<String> writing(GroupCommit<Integer, String> g, int i) {
    CompletableFuture<String> result = new CompletableFuture<>();
    Thread t =
        new Thread(
            () -> {
              try {
                result.complete(g.write(i));
              } catch (SQLException | RuntimeException e) {
                result.completeExceptionally(e);
              }
            });
    t.start();
    return result;
  }

  /** Writes 0 alone, and the others, which come meanwhile, after it. */
  private List<CompletableFuture<String>> meanwhile(
      GroupCommit<Integer, String> g, List<Integer> others) {
    List<CompletableFuture<String>> results = new ArrayList<>();
    results.add(writing(g, 0));
    awaitQuietly(firstIsWritten);
    for (int i : others) {
      int before = g.waiting();
      results.add(writing(g, i));
      while (g.waiting() == before) {
        Thread.onSpinWait();
      }
    }
    othersWait.countDown();
    return results;
  }

  @Test
  void thoseWhoComeMeanwhile_areTheNextGroup() throws Exception {
    GroupCommit<Integer, String> g = new GroupCommit<>(3, 1, group -> write(group, "22000"));
    List<CompletableFuture<String>> results = meanwhile(g, List.of(1, 2, 3, 4, 5));
    for (int i = 0; i <= 5; i++) {
      assertEquals("stored " + i, results.get(i).get());
    }
    assertEquals(List.of(List.of(0), List.of(1, 2, 3), List.of(4, 5)), groups);
  }

  @Test
  void furtherGroup_isWrittenMeanwhile_ifEnoughWait() throws Exception {
    GroupCommit<Integer, String> g = new GroupCommit<>(8, 2, group -> write(group, "22000"));
    CompletableFuture<String> first = writing(g, 0);
    awaitQuietly(firstIsWritten);
    assertEquals("stored 1", writing(g, 1).get());
    assertFalse(first.isDone());
    othersWait.countDown();
    assertEquals("stored 0", first.get());
  }

  /** A process may have all the threads that its user is allowed. */
  @Test
  void withoutFurtherThreads_thoseThatWriteGoOn() throws Exception {
    GroupCommit<Integer, String> g =
        new GroupCommit<>(
            8,
            2,
            group -> write(group, "22000"),
            job -> {
              throw new OutOfMemoryError("unable to create native thread");
            });
    List<CompletableFuture<String>> results = meanwhile(g, List.of(1));
    assertEquals("stored 0", results.get(0).get());
    assertEquals("stored 1", results.get(1).get());
    assertEquals("stored 2", g.submit(2).get()); // nothing counts as being written
    assertEquals(List.of(List.of(0), List.of(1), List.of(2)), groups);
  }

  @Test
  void oneWhoseValuesAreRefused_failsAlone() throws Exception {
    GroupCommit<Integer, String> g = new GroupCommit<>(9, 1, group -> write(group, "22021"));
    List<CompletableFuture<String>> results = meanwhile(g, List.of(1, -2, 3));
    assertEquals("stored 1", results.get(1).get());
    assertThrows(ExecutionException.class, () -> results.get(2).get());
    assertEquals("stored 3", results.get(3).get());
  }

  /** Whether it was committed nobody knows: written once more it might be there twice. */
  @Test
  void groupWhoseConnectionIsLost_failsAsAWhole_andIsNotWrittenAgain() throws Exception {
    GroupCommit<Integer, String> g = new GroupCommit<>(9, 1, group -> write(group, "08006"));
    List<CompletableFuture<String>> results = meanwhile(g, List.of(1, -2, 3));
    assertEquals("stored 0", results.get(0).get());
    for (int i = 1; i <= 3; i++) {
      int n = i;
      assertThrows(ExecutionException.class, () -> results.get(n).get());
    }
    assertEquals(List.of(List.of(0), List.of(1, -2, 3)), groups);
  }
}
