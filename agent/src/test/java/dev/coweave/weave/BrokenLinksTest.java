package dev.coweave.weave;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.lang.reflect.InvocationTargetException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** A program that runs with another library than it was woven against: each way in which that comes out says what is the matter. */
@Tag("woven")
class BrokenLinksTest {
  private static final String LIBRARY =
      """
      class Lib {
        @Coroutine static int fetch(int n, String[] s) { Task.yield(); return n; }
        @Coroutine int get() { Task.yield(); return 1; }
        @Coroutine static <T> T run(CoroutineCallable<T> c) throws Exception { return c.call(); }
      }
      """;

  private static final String NOT_WOVEN =
      "COWEAVE-204: METHOD is no woven coroutine\n"
          + "  because: its class was woven when the caller was, and is not any more\n"
          + RuntimeMessageTest.WEAVE;

  /** A loader of what the sources say, with some classes as they are when the library's are another's. */
  private static ClassLoader program(String source, Map<String, byte[]> replaced) {
    Compiled c = Compiled.from(source);
    Map<String, byte[]> all = new HashMap<>();
    for (String name : c.classFiles.keySet()) {
      WeaveResult woven = c.weave(name.replace("app/", ""));
      all.put(name, woven.classFile() == null ? c.classFiles.get(name) : woven.classFile());
      all.putAll(woven.companions());
    }
    all.putAll(replaced);
    all.values().removeIf(b -> b.length == 0);
    return new ClassLoader(BrokenLinksTest.class.getClassLoader()) {
      @Override
      protected Class<?> findClass(String name) throws ClassNotFoundException {
        byte[] b = all.get(name.replace('.', '/'));
        if (b == null) {
          throw new ClassNotFoundException(name);
        }
        return defineClass(name, b, 0, b.length);
      }
    };
  }

  private static Map<String, byte[]> unwoven(String source) {
    return Compiled.from(source).classFiles;
  }

  private static Map<String, byte[]> woven(String source, String name) {
    WeaveResult woven = Compiled.from(source).weave(name);
    Map<String, byte[]> all = new HashMap<>(woven.companions());
    all.put("app/" + name, woven.classFile());
    return all;
  }

  /** What {@code A.run} lets out, or returns. */
  private static String outcome(ClassLoader loader) throws Exception {
    var m = loader.loadClass("app.A").getDeclaredMethod("run");
    m.setAccessible(true);
    Throwable t;
    try {
      Object result = m.invoke(null);
      if (!(result instanceof Throwable)) {
        return "gave " + result;
      }
      t = (Throwable) result;
    } catch (InvocationTargetException e) {
      t = e.getCause();
    }
    while (t instanceof CompletionException
        || t instanceof ExecutionException
        || t instanceof ExceptionInInitializerError) {
      t = t.getCause();
    }
    assertNotNull(t.getCause(), "the JVM's own words");
    return t.getMessage();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "@Coroutine static Object run() { CALL }",
        "@Coroutine static Object run() { Task.yield(); CALL }",
        "@Coroutine static Object run() { try { CALL } catch (Throwable t) { return t; } }",
        "@Coroutine static Object run() { Task.yield(); try { CALL } catch (LinkageError t) {"
            + " return t; } }",
        "@Coroutine static Object run() { try { CALL } catch (NoSuchMethodError t) { return t; }"
            + " finally { Task.yield(); } }",
        "@Coroutine static Object run() { try { inner(); return 1; } catch (Error t) { return t; }"
            + " } @Coroutine static Object inner() { CALL }",
        "static Object run() throws Exception { return EventLoop.run(() -> { CALL }); }",
        "static Object run() throws Exception { return EventLoop.run(() -> Task.await(Task.start(()"
            + " -> { CALL }))); }",
        "static Object run() { return Task.start(Runnable::run, () -> { CALL }).join(); }",
        "static Object run() throws Exception { var pool ="
            + " java.util.concurrent.Executors.newCachedThreadPool(); try { return Task.start(pool,"
            + " () -> { Task.yield(); CALL }).get(); } finally { pool.shutdown(); } }",
        "static Object run() throws Exception { Throwable[] t = new Throwable[1]; Thread thread ="
            + " new Thread(() -> inner()); thread.setUncaughtExceptionHandler((x, e) -> t[0] = e);"
            + " thread.start(); thread.join(); return t[0]; } @Coroutine static Object inner() {"
            + " CALL }",
        "static Object run() { return inner().join(); } @Coroutine static CompletableFuture<Object>"
            + " inner() { CALLED; return CompletableFuture.completedFuture(1); }",
        "static Object run() { return inner().join(); } @Coroutine static CompletableFuture<Object>"
            + " inner() { Task.yield(); CALLED; return CompletableFuture.completedFuture(1); }",
        "static Object run() { return inner().next(); } @Coroutine static Generator<Object> inner()"
            + " { Generator.yield(CALLED); return Generator.end(); }",
        "static Object run() { return inner().next(); } @Coroutine static Generator<Object> inner()"
            + " { try { CALLED; } catch (Throwable t) { Generator.yield(t); } return"
            + " Generator.end(); }",
        "@Coroutine static Object run() { return inner().next(); } @Coroutine static"
            + " dev.coweave.flow.AsyncGenerator<Object> inner() { Generator.yield(CALLED); return"
            + " dev.coweave.flow.AsyncGenerator.end(); }",
        "@Coroutine static Object run() { try (var s = dev.coweave.task.TaskScope.open()) { var t ="
            + " s.fork(() -> { CALL }); s.join(); return t.join(); } }",
        "static class Init { static final Object V = inner(); } static Object run() { return"
            + " Init.V; } @Coroutine static Object inner() { CALL }",
        "final Object o; A() { o = inner(); } static Object run() { return new A().o; } @Coroutine"
            + " Object inner() { CALL }",
        "static Object run() { Runnable r = A::inner; r.run(); return 1; } @Coroutine static void"
            + " inner() { CALLED; }",
      })
  void anUnwovenLibrary_isNamedInTheFirstLine(String run) throws Exception {
    String source =
        "class A { "
            + run.replace("CALLED", "Lib.fetch(1, null)")
                .replace("CALL", "return Lib.fetch(1, null);")
            + " }\n"
            + LIBRARY;
    assertEquals(
        NOT_WOVEN.replace("METHOD", "app.Lib.fetch(int, java.lang.String[])"),
        outcome(program(source, unwoven(LIBRARY))));
  }

  @Test
  void aCallOfACoroutineThatTakesALambda_likewise() throws Exception {
    String source =
        "class A { @Coroutine static Object run() throws Exception { return Lib.run(() -> 1); }"
            + " }\n";
    assertEquals(
        NOT_WOVEN.replace("METHOD", "app.Lib.run(dev.coweave.CoroutineCallable)"),
        outcome(program(source + LIBRARY, unwoven(LIBRARY))));
  }

  @Test
  void anInterfaceOfAnUnwovenLibrary_thatTheProgramImplements() throws Exception {
    String api = "interface Api { @Coroutine int get(); }";
    assertEquals(
        NOT_WOVEN.replace("METHOD", "app.Api.get()"),
        outcome(
            program(
                """
                class A {
                  @Coroutine static Object run() { Api a = new Impl(); return a.get(); }
                }
                class Impl implements Api { @Coroutine public int get() { Task.yield(); return 1; } }
                """
                    + api,
                unwoven(api))));
  }

  /** An implementation that isn't woven for the interface's twin does what its plain method does. */
  @Test
  void anInterfaceWhoseMethodHasBecomeACoroutine_andWhoseImplementationWasWovenBefore()
      throws Exception {
    assertEquals("gave 1", becomesACoroutine(""));
  }

  /** The twin of an interface that initialises something is abstract (ADR 37). */
  @Test
  void theSame_ofAnInterfaceWithAnInitializer() throws Exception {
    assertEquals(
        """
        COWEAVE-204: app.Impl.get(int) is no coroutine
          because: it was one when the caller was woven
          fix: compile and weave the caller again, with the version that it runs with\
        """,
        becomesACoroutine("Object LOCK = new Object(); "));
  }

  private String becomesACoroutine(String constant) throws Exception {
    String before = "interface Api { " + constant + "int get(int n); }";
    String impl =
        "class Impl implements Api { public int get(int n) { return n; } @Coroutine void other() {"
            + " Task.yield(); } }";
    return outcome(
        program(
            "class A { @Coroutine static Object run() { Api a = new Impl(); return a.get(1); }"
                + " }\n"
                + impl
                + "interface Api { "
                + constant
                + "@Coroutine int get(int n); }",
            woven(impl + before, "Impl")));
  }

  @Test
  void aLibraryThatWasBuiltAnew_withAnotherSignature() throws Exception {
    String other =
        LIBRARY.replace("int n, String[] s", "long n, String[] s").replace("return n", "return 1");
    assertEquals(
        """
        COWEAVE-204: app.Lib.fetch(int, java.lang.String[]) does not exist
          because: it did when the caller was compiled and woven
          fix: compile and weave the caller again, with the version that it runs with\
        """,
        outcome(
            program(
                "class A { @Coroutine static Object run() { return Lib.fetch(1, null); } }"
                    + LIBRARY,
                woven(other, "Lib"))));
  }

  @Test
  void aLibraryThatWasBuiltAnew_withoutTheAnnotation() throws Exception {
    String other = LIBRARY.replaceFirst("@Coroutine", "").replaceFirst("Task.yield\\(\\);", "");
    assertEquals(
        """
        COWEAVE-204: app.Lib.fetch(int, java.lang.String[]) is no coroutine
          because: it was one when the caller was woven
          fix: compile and weave the caller again, with the version that it runs with\
        """,
        outcome(
            program(
                "class A { @Coroutine static Object run() { return Lib.fetch(1, null); } }"
                    + LIBRARY,
                woven(other, "Lib"))));
  }

  /** It calls what this one's runtime hasn't. */
  @Test
  void aLibraryThatWasWovenByAnotherVersion() throws Exception {
    String source =
        """
        class A { @Coroutine static Object run() { return B.run(); } }
        class B { @Coroutine static Object run() { Task.yield(); return 1; } }
        """;
    Map<String, byte[]> old = woven(source, "B");
    ClassWriter w = new ClassWriter(0);
    new ClassReader(old.get("app/B"))
        .accept(
            new ClassVisitor(Opcodes.ASM9, w) {
              @Override
              public MethodVisitor visitMethod(
                  int access, String name, String desc, String signature, String[] thrown) {
                return new MethodVisitor(
                    Opcodes.ASM9, super.visitMethod(access, name, desc, signature, thrown)) {
                  @Override
                  public void visitMethodInsn(
                      int opcode, String owner, String called, String type, boolean inInterface) {
                    super.visitMethodInsn(
                        opcode,
                        owner,
                        called.equals("yield") ? "pause" : called,
                        type,
                        inInterface);
                  }
                };
              }
            },
            0);
    old.put("app/B", w.toByteArray());
    String said = outcome(program(source, old));
    assertEquals(
        """
        COWEAVE-206: dev.coweave.task.Task.pause is not as woven code needs it
          because: the code was woven by another version of Coweave
          fix: weave it again, with the version of the runtime that it runs with\
        """,
        said.replaceAll(" in file:\\S+", ""));
  }

  @Test
  void aCompanionThatWasLeftOut() throws Exception {
    assertEquals(
        """
        COWEAVE-205: app.B$$run is missing
          because: the weaver wrote it beside app.B, and it was not packed, or a tool that shrinks jars left it out
          fix: pack all class files of the folder that was woven (ProGuard: -keep class **$$* { *; })\
        """,
        outcome(
            program(
                """
                class A { @Coroutine static Object run() { return B.run(); } }
                class B {
                  @Coroutine static Object run() { int n = "x".length(); Task.yield(); return n; }
                }
                """,
                Map.of("app/B$$run", new byte[0]))));
  }
}
