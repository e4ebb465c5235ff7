package dev.coweave.weave;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.objectweb.asm.Attribute;
import org.objectweb.asm.ByteVector;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.InsnNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;

/** What is refused where it is easily overlooked: a class without coroutines, an inherited method, a class file that is damaged. */
class RefusalTest {
  private static final String NAME_CLASH =
      "  because: the weaver adds a method of that name and those parameters to take the"
          + " continuation\n"
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
        "A.java:1: COWEAVE-110: the method f(int, Continuation) would override what the weaver"
            + " makes of app.Base.f(int)\n"
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

  /** What only the JVM's linker or the weaver itself stumbles over; each is the class file's fault, and said to be. */
  @Test
  void aClassFile_thatIsDamagedWhereFewLook() {
    String source =
        """
        class A {
          interface Marked { @Coroutine default void g() { Task.yield(); } }
          @Coroutine static int first(int[][] a) { Task.yield(); return a[0][0]; }
          Runnable marked() { return (Runnable & java.io.Serializable & Marked) () -> {}; }
        }
        """;
    byte[] whole = Compiled.from(source).classFile("A");
    // An attribute whose name is constant 0.
    assertNoBug(
        whole,
        c ->
            c.methods.get(1).attrs =
                List.of(
                    new Attribute("Nameless") {
                      @Override
                      protected ByteVector write(
                          ClassWriter to, byte[] code, int length, int stack, int locals) {
                        return new ByteVector().putInt(0x12345678);
                      }
                    }),
        RefusalTest::withoutName);
    // An element of what is no array.
    assertNoBug(
        whole,
        c -> {
          for (AbstractInsnNode insn : method(c, "first").instructions) {
            if (insn.getOpcode() == Opcodes.ALOAD) {
              method(c, "first").instructions.insert(insn, new InsnNode(Opcodes.AALOAD));
              method(c, "first").instructions.insert(insn, new InsnNode(Opcodes.ICONST_0));
              method(c, "first")
                  .instructions
                  .insert(
                      insn,
                      new MethodInsnNode(
                          Opcodes.INVOKEVIRTUAL,
                          "java/lang/Object",
                          "toString",
                          "()Ljava/lang/String;"));
              break;
            }
          }
        },
        bytes -> bytes);
    // Arguments of LambdaMetafactory.altMetafactory that are none.
    for (Object[] tail :
        new Object[][] {
          {},
          {2},
          {2, 2, Type.getObjectType("app/A$Marked")},
          {2, -1},
          {2, 1, 17},
          {2, 1, Type.getMethodType("()V")},
          {4, 1, Type.getObjectType("app/A$Marked")},
          {6, 1, Type.getObjectType("app/A$Marked"), 1},
        }) {
      assertNoBug(
          whole,
          c -> {
            for (AbstractInsnNode insn : method(c, "marked").instructions) {
              if (insn instanceof InvokeDynamicInsnNode indy) {
                Object[] args = Arrays.copyOf(indy.bsmArgs, 3 + tail.length);
                System.arraycopy(tail, 0, args, 3, tail.length);
                indy.bsmArgs = args;
              }
            }
          },
          bytes -> bytes);
    }
  }

  private static MethodNode method(ClassNode c, String name) {
    return c.methods.stream().filter(m -> m.name.equals(name)).findFirst().orElseThrow();
  }

  /** Clears the name of the attribute whose content is 0x12345678. */
  private static byte[] withoutName(byte[] classFile) {
    ByteBuffer bytes = ByteBuffer.wrap(classFile);
    for (int at = 6; at <= classFile.length - 4; at++) {
      if (bytes.getInt(at) == 0x12345678) {
        bytes.putShort(at - 6, (short) 0);
      }
    }
    return classFile;
  }

  private static void assertNoBug(
      byte[] whole, Consumer<ClassNode> damage, UnaryOperator<byte[]> more) {
    ClassNode c = new ClassNode();
    new ClassReader(whole).accept(c, 0);
    damage.accept(c);
    ClassWriter out = new ClassWriter(0);
    c.accept(out);
    byte[] damaged = more.apply(out.toByteArray());
    WeaveResult result =
        new Weaver(
                name -> name.equals("app/A") ? damaged : WeavingLoader.bytes(name), Options.BUILD)
            .weave(damaged);
    // Or it is woven, for what is wrong concerns nothing of the weaver's.
    assertTrue(!result.failed() || text(result).contains("COWEAVE-111"), () -> text(result));
  }

  @Test
  void aClassFile_thatIsNone() {
    assertEquals(
        List.of("COWEAVE-111"),
        new Weaver(WeavingLoader::bytes, Options.BUILD)
            .weave(new byte[] {1, 2, 3}).problems().stream().map(Problem::code).toList());
  }
}
