package dev.coweave.weave;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.commons.CodeSizeEvaluator;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.MethodNode;

/** Methods that are nearly as large as the JVM allows. */
class LimitsTest {
  private static final String LATER =
      " @Coroutine static int later(int i) { Task.yield(); return i; } }";

  private static Object run(Compiled c) throws Exception {
    Method run = c.woven(Options.BUILD).loadClass("app.A").getDeclaredMethod("run");
    run.setAccessible(true);
    try {
      return run.invoke(null);
    } catch (InvocationTargetException e) {
      throw new AssertionError(e.getCause());
    }
  }

  private static String repeated(int n, String statement) {
    return IntStream.range(0, n)
        .mapToObj(i -> statement.replace("#", String.valueOf(i)))
        .collect(Collectors.joining("\n"));
  }

  /** The size in bytes of a class's largest method, at least. */
  private static int largest(byte[] classFile) {
    ClassNode c = new ClassNode(Opcodes.ASM9);
    new ClassReader(classFile).accept(c, 0);
    int size = 0;
    for (MethodNode m : c.methods) {
      CodeSizeEvaluator evaluator = new CodeSizeEvaluator(null);
      m.accept(evaluator);
      size = Math.max(size, evaluator.getMinSize());
    }
    return size;
  }

  @Test
  void aThousandSuspensionPoints() throws Exception {
    Compiled c =
        Compiled.from(
            "class A { @Coroutine static long run() { long sum = 0;"
                + repeated(1000, "sum += later(#);")
                + "return sum; }"
                + LATER);
    assertEquals(1000L * 999 / 2, run(c));
  }

  /** Its jumps are wider than 32,767 bytes, which an ordinary goto or if can't express (JVMS 6.5, goto_w). */
  @Test
  void aLoopAroundNearly64KilobytesOfOtherCode() throws Exception {
    int statements = 9250;
    Compiled c =
        Compiled.from(
            "class A { @Coroutine static int run() { int x = 1; for (int i = 0; i < later(3); i++) { try { if (later(i) == 1) { continue; }"
                + repeated(statements, "x = x * 31 + i;")
                + " x += later(i); } finally { x ^= later(5); } } return x; }"
                + LATER);
    int size = largest(c.classFile("A"));
    assertTrue(size > 64_000, size + " bytes as compiled");
    int x = 1;
    for (int i = 0; i < 3; i++) {
      if (i != 1) {
        for (int j = 0; j < statements; j++) {
          x = x * 31 + i;
        }
        x += i;
      }
      x ^= 5;
    }
    assertEquals(x, run(c));
  }

  @Test
  void parametersUpToTheLastSlotThatIsLeft() throws Exception {
    for (String modifier : new String[] {"static", ""}) {
      boolean isStatic = modifier.equals("static");
      int longs = isStatic ? 127 : 126;
      String last = isStatic ? "" : ", int last";
      Compiled c =
          Compiled.from(
              "class A { @Coroutine static String run() { return new A().f("
                  + repeated(longs - 1, "#L,")
                  + "7L"
                  + (isStatic ? "" : ", 8")
                  + "); } @Coroutine "
                  + modifier
                  + " String f("
                  + repeated(longs - 1, "long p#,")
                  + "long end"
                  + last
                  + ") { later(1); long sum = later(2);"
                  + repeated(longs - 1, "sum += p#;")
                  + " return sum + \" \" + end"
                  + (isStatic ? "" : " + last")
                  + "; }"
                  + LATER);
      long sum = 2 + (longs - 1L) * (longs - 2) / 2;
      assertEquals(sum + (isStatic ? " 7" : " 78"), run(c), modifier);
    }
  }
}
