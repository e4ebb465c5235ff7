package dev.coweave.weave;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is refused where it is easily overlooked: a class without coroutines, an inherited method, a class file that is damaged. */
class RefusalTest {
  private static final String NAME_CLASH =
      "  because: the weaver adds a method of that name and those parameters to take the continuation\n"
          + "  fix:     rename the method";

  private static String text(WeaveResult result) {
    return result.problems().stream().map(Problem::toString).collect(Collectors.joining("\n"));
  }

  private static void assertRefused(String expected, WeaveResult result) {
    assertEquals(expected.stripTrailing(), text(result));
    assertTrue(result.failed());
    assertNull(result.classFile());
    assertEquals(Map.of(), result.companions());
  }

  // ---- initialisers

  @Test
  void anAwaitInAnInitialiser_ofAClassWithoutCoroutines() {
    assertRefused(
        """
        A.java:2: COWEAVE-103: call of Task.await in a static initialiser
          in:      app.A.<clinit>()
          because: the JVM doesn't let an object or a class be initialised in two halves
          fix:     move it to a @Coroutine factory method, or start a task: Task.start(() -> …)
        A.java:3: COWEAVE-103: call of Task.yield in a constructor
          in:      app.A.<init>()
          because: the JVM doesn't let an object or a class be initialised in two halves
          fix:     move it to a @Coroutine factory method, or start a task: Task.start(() -> …)
        """,
        Compiled.from(
                """
                class A {
                  static final String S = await(CompletableFuture.completedFuture("s"));
                  { Task.yield(); }
                }
                """)
            .weave("A"));
  }

  @Test
  void aTaskOrALambda_madeInAnInitialiser_isNoWait() {
    assertEquals(
        "",
        text(
            Compiled.from(
                    """
                    class A {
                      static final CoroutineRunnable R = Task::yield;
                      final Callable<Task<Object>> later = () -> Task.start(() -> await(new CompletableFuture<>()));
                    }
                    """)
                .weave("A")));
  }

  // ---- monitors

  @Test
  void aMonitor_inAClassFileWithoutLines() {
    WeaveResult result =
        Compiled.from(
                """
                class A {
                  @Coroutine void f() { synchronized (this) { Task.yield(); } }
                }
                """,
                "-g:none")
            .weave("A");
    assertRefused(
        """
        app.A.f(): COWEAVE-101: suspension at the call of Task.yield while holding a monitor
          in:      app.A.f()
          because: a thread owns the monitor, and the coroutine may go on in another or let others run while it holds it
          fix:     use dev.coweave.sync.Mutex, or move the suspension out of the synchronized block
        """,
        result);
  }

  // ---- names

  @Test
  void aCoroutine_whoseTwinWouldOverrideAnInheritedMethod() {
    assertRefused(
        "A.java:1: COWEAVE-110: the class inherits a method f(int, Continuation) from app.Base\n"
            + "  in:      app.A.f(int)\n"
            + NAME_CLASH,
        Compiled.from(
                """
                class A extends Base { @Coroutine void f(int i) { Task.yield(); } }
                class Base { void f(int i, dev.coweave.coroutine.Continuation c) {} }
                """)
            .weave("A"));
  }

  @Test
  void aMethod_thatWouldOverrideTheTwinOfAnInheritedCoroutine() {
    assertRefused(
        "A.java:1: COWEAVE-110: the method f(int, Continuation) would override what the weaver makes of app.Base.f(int)\n"
            + "  in:      app.A.f(int, Continuation)\n"
            + NAME_CLASH,
        Compiled.from(
                """
                class A extends Base { void f(int i, dev.coweave.coroutine.Continuation c) {} }
                class Base { @Coroutine void f(int i) { Task.yield(); } }
                """)
            .weave("A"));
  }

  // ---- sizes

  @Test
  void aClassThatHasTooManyConstants() {
    String methods =
        IntStream.range(0, 250)
            .mapToObj(
                i -> "@Coroutine static int m" + i + "(int i) { Task.yield(); " + sum(i) + " }")
            .collect(Collectors.joining("\n"));
    WeaveResult result = Compiled.from("class A {\n" + methods + "\n}").weave("A");
    assertRefused(
        """
        A.java: COWEAVE-113: the woven class has SIZE constants
          in:      app.A
          because: a class file may have at most 65,535 constants (JVMS 4.1), and the woven one has more
          fix:     split the class
        """
            .replace("SIZE", text(result).replaceAll("(?s).*has (\\d+) constants.*", "$1")),
        result);
  }

  /** Takes 255 constants, which no other sum does. */
  private static String sum(int which) {
    return IntStream.range(0, 255)
        .mapToObj(i -> "i += " + (1_000_000 + 255 * which + i) + ";")
        .collect(Collectors.joining(" ", "", " return i;"));
  }

  // ---- class files

  @Test
  void aDamagedClassFile_isWovenOrRefused_andNeverTheWeaversFault() {
    byte[] whole =
        Compiled.from(
                """
                class A implements CoroutineCallable<String> {
                  @Coroutine public String call() throws Exception {
                    String s = "";
                    for (int i : upTo(3)) {
                      try { s += await(CompletableFuture.completedFuture(i)); } finally { Task.yield(); }
                    }
                    return s;
                  }
                  @Coroutine static Generator<Integer> upTo(int n) {
                    for (int i = 0; i < n; i++) Generator.yield(i);
                    return Generator.end();
                  }
                  CoroutineRunnable r() { return () -> Task.yield(); }
                }
                """)
            .classFile("A");
    Random random = new Random(1);
    for (int i = 0; i < 1500; i++) {
      byte[] damaged =
          i % 3 == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
      for (int n = i % 3; n > 0; n--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      WeaveResult result = new Weaver(WeavingLoader::bytes, Options.BUILD).weave(damaged);
      assertTrue(result.classFile() == null || !result.failed());
      assertFalse(text(result).contains("COWEAVE-112"), () -> text(result));
    }
  }

  @Test
  void aClassFile_thatIsNone() {
    assertEquals(
        List.of("COWEAVE-111"),
        new Weaver(WeavingLoader::bytes, Options.BUILD)
            .weave(new byte[] {1, 2, 3}).problems().stream().map(Problem::code).toList());
  }
}
