package dev.coweave.weave;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Method;
import org.junit.jupiter.api.Test;

/** Methods that grow so much that jumps in them need more than 16 bits. */
class FarJumpsTest {
  private static final int POINTS = 500;

  /** What takes less than 32 KB as it is, more when it is woven. */
  private static final String LONG =
      "n += s(1);\n".repeat(POINTS) + "n += 1000; n -= 1000;\n".repeat(1800);

  private static void assertGives(int expected, String body) throws Exception {
    Compiled compiled =
        Compiled.from(
            """
            public class A {
              record Box(int v) {}
              @Coroutine static int s(int i) { Task.yield(); return i; }
              @Coroutine public static int m(int n) {
            """
                + body.replace("LONG;", LONG)
                + "\n}}");
    Method m = compiled.woven(Options.BUILD).loadClass("app.A").getMethod("m", int.class);
    assertEquals(expected, m.invoke(null, 1));
  }

  @Test
  void aFarJump_pastAnObjectWhoseConstructorHasAConditionalArgument() throws Exception {
    // ASM forgets the object's class in the frame that follows the jump.
    assertGives(
        POINTS + 11,
        """
        Box box = new Box(n > 5 ? 20 : 10);
        if (box.v() > 0) {
          LONG;
        }
        return n + box.v();
        """);
  }

  @Test
  void farJumps_forthAndBack_whileAnObjectIsUninitialised() throws Exception {
    assertGives(
        2 * POINTS + 2,
        """
        Box box = new Box(n > 0 ? 1 : 2);
        do {
          LONG;
        } while (n < 600);
        return new Box(n > box.v() ? n + box.v() : 0).v();
        """);
  }

  @Test
  void farJumps_byEachCondition() throws Exception {
    assertGives(
        POINTS + 1,
        """
        Object none = n == 7 ? "" : null;
        if (none == null && n != 5 && n <= 2 && n == 1 && n >= 0 && 3 > n && 4 != n && !(n == 3)) {
          LONG;
          if (n < 0) none = "";
        }
        return none != null ? -1 : n;
        """);
  }
}
