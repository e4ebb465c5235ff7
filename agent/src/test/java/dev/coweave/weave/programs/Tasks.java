package dev.coweave.weave.programs;

import static dev.coweave.task.Task.await;

import dev.coweave.Coroutine;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Suspending and async methods in all the forms that DESIGN names. */
public class Tasks implements Callable<List<String>> {
  private final List<String> out = new ArrayList<>();

  static class Box {
    final String value;

    Box(String a, int b, Box inner) {
      value = a + b + (inner == null ? "" : "(" + inner.value + ")");
    }
  }

  interface Shape {
    @Coroutine
    int area(long scale) throws IOException;

    @Coroutine
    default String describe() throws IOException {
      return "area " + area(2);
    }
  }

  record Square(int side) implements Shape {
    @Override
    @Coroutine
    public int area(long scale) throws IOException {
      return later(side * side) * (int) scale;
    }
  }

  record Plain(int side) implements Shape {
    @Override
    public int area(long scale) {
      return side;
    }
  }

  interface Mapper<A, B> {
    @Coroutine
    B map(A a) throws Exception;
  }

  @Coroutine
  static <T> T later(T value) {
    Task.yield();
    return await(CompletableFuture.completedFuture(value));
  }

  @Coroutine
  static int add(int a, long b, double c, int d) {
    return (int) (a + b * c) + later(d);
  }

  @Coroutine
  static String nested() {
    return new Box(later("x"), later(1), new Box("y", later(2), new Box(later("z"), 3, null)))
        .value;
  }

  @Coroutine
  static CompletableFuture<Integer> async(int n) throws IOException {
    if (n < 0) {
      throw new IOException("negative");
    }
    int m = later(n);
    return CompletableFuture.completedFuture(m + 1);
  }

  @Coroutine
  static CompletionStage<String> stage() {
    return CompletableFuture.supplyAsync(() -> "stage");
  }

  @Coroutine
  String finallies(int path) throws IOException {
    StringBuilder s = new StringBuilder();
    for (int i = 0; i < 3; i++) {
      try {
        s.append(later(i));
        if (path == 1 && i == 1) {
          continue;
        }
        if (path == 2 && i == 1) {
          break;
        }
        if (path == 3 && i == 1) {
          throw new IOException("p3");
        }
        if (path == 4 && i == 1) {
          return s + later("r");
        }
        s.append('.');
      } catch (IOException e) {
        s.append(later("c")).append(e.getMessage());
      } finally {
        s.append(later("f"));
      }
    }
    return s.toString();
  }

  @Coroutine
  static String deep(int n) {
    return n == 0 ? later("end") : deep(n - 1);
  }

  @Coroutine
  static int deepSum(int n) {
    return n == 0 ? later(0) : 1 + deepSum(n - 1);
  }

  @Coroutine
  static int deepPlain(int n) {
    return n == 0 ? 0 : 1 + deepPlain(n - 1);
  }

  @Coroutine
  String body() throws Exception {
    out.add("" + add(1, 2L, 3.0, 4));
    out.add(nested());
    out.add("" + await(async(5)));
    try {
      await(async(-1), IOException.class);
    } catch (IOException e) {
      out.add("caught " + e.getMessage());
    }
    out.add(await(stage()));
    for (int p = 0; p < 5; p++) {
      out.add(finallies(p));
    }
    Shape[] shapes = {new Square(3), new Plain(4)};
    for (Shape s : shapes) {
      out.add(s.area(10) + " " + s.describe());
    }
    String captured = "cap";
    long wide = 7;
    Mapper<Integer, String> m = i -> later(captured) + i + wide + out.size();
    out.add(m.map(1).substring(0, 5));
    Mapper<String, String> ref = Tasks::later;
    out.add(ref.map("ref"));
    Mapper<String, Box> create = s -> new Box(later(s), 0, null);
    out.add(create.map("new").value);
    int[] a = {1, 2, 3};
    int i = 0;
    a[i++] += later(10);
    a[i++] *= later(10);
    out.add(a[0] + " " + a[1] + " " + a[2] + " " + i);
    out.add(deep(100_000));
    out.add("" + deepSum(100_000));
    out.add("" + deepPlain(100_000));
    Task<String> t = Task.start(() -> later("task"));
    Task<String> u =
        Task.start(
            () -> {
              Task.sleep(java.time.Duration.ofMillis(1));
              return "slept";
            });
    out.add(t.await() + " " + u.await());
    return "done";
  }

  @Override
  public List<String> call() throws Exception {
    out.add(EventLoop.run(this::body));
    out.add(body());
    out.add("" + async(1).join());
    out.add("" + deepSum(50_000));
    return out;
  }
}
