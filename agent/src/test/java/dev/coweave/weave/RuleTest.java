package dev.coweave.weave;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.weave.advice.Advice;
import dev.coweave.weave.analysis.Rule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassWriter;

/** What a user reads who breaks a rule: each message whole. */
class RuleTest {
  private static String text(WeaveResult result) {
    return result.problems().stream().map(Problem::toString).collect(Collectors.joining("\n"));
  }

  /** Errors leave the class as it was. */
  private static void assertErrors(String expected, WeaveResult result) {
    assertEquals(expected.stripTrailing(), text(result));
    assertTrue(result.failed());
    assertNull(result.classFile());
    assertEquals(Map.of(), result.companions());
    assertEquals(0, result.methods());
  }

  private static void assertErrors(String expected, String source) {
    Compiled c = Compiled.from(source);
    assertErrors(expected, c.weave("A"));
    assertErrors(expected, c.weave("A", Options.AGENT));
  }

  // ---- 101, 102: monitors

  @Test
  void suspensionInASynchronizedBlock() {
    assertErrors(
        """
        A.java:6: COWEAVE-101: suspension at the call of Task.await while holding the monitor entered at line 5
          in:      app.A.f(Object, CompletableFuture)
          because: a thread owns the monitor, and the coroutine may go on in another or let others run while it holds it
          fix:     use dev.coweave.sync.Mutex, or move the suspension out of the synchronized block
        """,
        """
        class A {
          @Coroutine
          static String f(Object lock, CompletableFuture<String> f) {
            Task.yield();
            synchronized (lock) {
              await(f);
            }
            return await(f);
          }
        }
        """);
  }

  @Test
  void suspensionInNestedSynchronizedBlocks_namesTheInnermost() {
    assertErrors(
        """
        A.java:6: COWEAVE-101: suspension at the call of A.g while holding the monitor entered at line 5
          in:      app.A.f(Object)
          because: a thread owns the monitor, and the coroutine may go on in another or let others run while it holds it
          fix:     use dev.coweave.sync.Mutex, or move the suspension out of the synchronized block
        A.java:8: COWEAVE-101: suspension at the call of A.g while holding the monitor entered at line 4
          in:      app.A.f(Object)
          because: a thread owns the monitor, and the coroutine may go on in another or let others run while it holds it
          fix:     use dev.coweave.sync.Mutex, or move the suspension out of the synchronized block
        """,
        """
        class A {
          @Coroutine
          static void f(Object lock) {
            synchronized (lock) {
              synchronized (A.class) {
                g();
              }
              g();
            }
            g();
          }
          @Coroutine
          static void g() {}
        }
        """);
  }

  @Test
  void suspensionInASynchronizedBlockOfALambda() {
    assertErrors(
        """
        A.java:4: COWEAVE-101: suspension at the call of Task.yield while holding the monitor entered at line 4
          in:      app.A.f(), in the lambda at line 3
          because: a thread owns the monitor, and the coroutine may go on in another or let others run while it holds it
          fix:     use dev.coweave.sync.Mutex, or move the suspension out of the synchronized block
        """,
        """
        class A {
          CoroutineRunnable f() {
            return () -> {
              synchronized (this) { Task.yield(); }
            };
          }
        }
        """);
  }

  /** However deep it stands, a reader looks for it in the method that has a name. */
  @Test
  void suspensionInASynchronizedBlockOfALambdaInALambda() {
    assertErrors(
        """
        A.java:6: COWEAVE-101: suspension at the call of Task.yield while holding the monitor entered at line 6
          in:      app.A.f(List), in the lambda at line 5
          because: a thread owns the monitor, and the coroutine may go on in another or let others run while it holds it
          fix:     use dev.coweave.sync.Mutex, or move the suspension out of the synchronized block
        """,
        """
        class A {
          static void f(List<String> list) {
            list.forEach(
                s -> {
                  CoroutineCallable<String> c = () -> {
                    synchronized (s) { Task.yield(); }
                    return s;
                  };
                });
          }
        }
        """);
  }

  @Test
  void synchronizedMethod() {
    assertErrors(
        """
        A.java:4: COWEAVE-102: the coroutine is a synchronized method
          in:      app.A.f(int[], String)
          because: the method's monitor is owned by a thread, and the coroutine may go on in another or let others run while it holds it
          fix:     use dev.coweave.sync.Mutex, or a synchronized block that doesn't suspend
        """,
        """
        class A {
          @Coroutine
          synchronized void f(int[] a, String s) {
            Task.yield();
          }
        }
        """);
  }

  // ---- 103: initialisers

  @Test
  void suspensionInConstructorsAndInitialisers() {
    assertErrors(
        """
        A.java:2: COWEAVE-103: call of Task.await in a static initialiser
          in:      app.A.<clinit>()
          because: the JVM doesn't let an object or a class be initialised in two halves
          fix:     move it to a @Coroutine factory method, or start a task: Task.start(() -> …)
        A.java:4: COWEAVE-103: call of Task.await in a constructor
          in:      app.A.<init>(int)
          because: the JVM doesn't let an object or a class be initialised in two halves
          fix:     move it to a @Coroutine factory method, or start a task: Task.start(() -> …)
        A.java:6: COWEAVE-103: call of Task.yield in a constructor
          in:      app.A.<init>(int)
          because: the JVM doesn't let an object or a class be initialised in two halves
          fix:     move it to a @Coroutine factory method, or start a task: Task.start(() -> …)
        """,
        """
        class A {
          static final String S = await(CompletableFuture.completedFuture("s"));
          @Coroutine static void f() {}
          final String s = await(CompletableFuture.completedFuture("s"));
          A(int i) {
            Task.yield();
          }
        }
        """);
  }

  // ---- 104, 201: size

  private static String statements(int n, String statement) {
    return IntStream.range(0, n).mapToObj(i -> statement).collect(Collectors.joining("\n"));
  }

  @Test
  void methodThatIsTooLarge() {
    WeaveResult result =
        Compiled.from(
                """
                class A {
                  @Coroutine
                  static void f(String s) {
                """
                    + statements(3000, "Task.yield();")
                    + "}}")
            .weave("A");
    assertErrors(
        """
        A.java:4: COWEAVE-104: the woven method has SIZE bytes
          in:      app.A.f(String)
          because: a method may have at most 65,535 bytes of code (JVMS 4.9.1), and the woven one has more
          fix:     split the method
        """
            .replace("SIZE", text(result).replaceAll("(?s).*has (\\d+) bytes.*", "$1")),
        result);
  }

  @Test
  void lambdaThatIsTooLarge() {
    WeaveResult result =
        Compiled.from(
                """
                class A implements java.io.Serializable {
                  interface Job extends CoroutineRunnable, java.io.Serializable {}
                  Object f(String s) {
                    return (Job) () -> {
                """
                    + statements(3000, "Task.yield();")
                    + "};}}")
            .weave("A");
    assertErrors(
        """
        A.java:5: COWEAVE-104: the woven method has SIZE bytes
          in:      app.A.f(String), in the lambda at line 4
          because: a method may have at most 65,535 bytes of code (JVMS 4.9.1), and the woven one has more
          fix:     split the method
        """
            .replace("SIZE", text(result).replaceAll("(?s).*has (\\d+) bytes.*", "$1")),
        result);
  }

  @Test
  void generatorThatIsTooLarge() {
    WeaveResult result =
        Compiled.from(
                """
                class A {
                  @Coroutine
                  Generator<String> f(String s) {
                """
                    + statements(2500, "Generator.yield(s);")
                    + "return null; }}")
            .weave("A");
    assertErrors(
        """
        A.java:4: COWEAVE-104: the woven method has SIZE bytes
          in:      app.A.f(String)
          because: a method may have at most 65,535 bytes of code (JVMS 4.9.1), and the woven one has more
          fix:     split the method
        """
            .replace("SIZE", text(result).replaceAll("(?s).*has (\\d+) bytes.*", "$1")),
        result);
  }

  @Test
  void methodThatHotSpotWouldNotCompile_isAWarning() {
    WeaveResult result =
        Compiled.from(
                """
                class A {
                  @Coroutine
                  static void f() {
                """
                    + statements(300, "Task.yield();")
                    + "}}")
            .weave("A");
    assertEquals(
        """
        A.java:4: COWEAVE-201: the woven method has SIZE bytes
          in:      app.A.f()
          because: HotSpot compiles no method of more than 8,000 bytes (-XX:-DontCompileHugeMethods), so it stays slow
          fix:     split the method, or let the part that doesn't suspend be a method of its own\
        """
            .replace("SIZE", text(result).replaceAll("(?s).*has (\\d+) bytes.*", "$1")),
        text(result));
    assertNotNull(result.classFile());
    assertEquals(1, result.methods());
  }

  @Test
  void lambdaThatHotSpotWouldNotCompile_isAWarning() {
    WeaveResult result =
        Compiled.from(
                """
                class A {
                  CoroutineRunnable f() {
                    return () -> {
                """
                    + statements(300, "Task.yield();")
                    + "};} @Coroutine void f(int i) { Task.yield(); }}")
            .weave("A");
    assertEquals(
        """
        A.java:4: COWEAVE-201: the woven method has SIZE bytes
          in:      app.A.f(), in the lambda at line 3
          because: HotSpot compiles no method of more than 8,000 bytes (-XX:-DontCompileHugeMethods), so it stays slow
          fix:     split the method, or let the part that doesn't suspend be a method of its own\
        """
            .replace("SIZE", text(result).replaceAll("(?s).*has (\\d+) bytes.*", "$1")),
        text(result));
  }

  // ---- 105: parameters

  @Test
  void tooManyParameters() {
    String parameters =
        IntStream.range(0, 127).mapToObj(i -> "long p" + i).collect(Collectors.joining(", "));
    String types = IntStream.range(0, 127).mapToObj(i -> "long").collect(Collectors.joining(", "));
    assertErrors(
        """
        A.java:4: COWEAVE-105: the coroutine's parameters take 255 slots
          in:      app.A.f(TYPES)
          because: a method may have parameters of at most 255 slots (JVMS 4.3.3), and the woven one has one more
          fix:     pass some of them in an object
        """
            .replace("TYPES", types),
        """
        class A {
          @Coroutine
          void f(PARAMETERS) {
            Task.yield();
          }
        }
        """
            .replace("PARAMETERS", parameters));
  }

  @Test
  void tooManyParameters_ofAnAbstractMethod() {
    String parameters =
        IntStream.range(0, 127).mapToObj(i -> "long p" + i).collect(Collectors.joining(", "));
    String types = IntStream.range(0, 127).mapToObj(i -> "long").collect(Collectors.joining(", "));
    assertErrors(
        """
        A.java: COWEAVE-105: the coroutine's parameters take 255 slots
          in:      app.A.f(TYPES)
          because: a method may have parameters of at most 255 slots (JVMS 4.3.3), and the woven one has one more
          fix:     pass some of them in an object
        """
            .replace("TYPES", types),
        """
        interface A {
          @Coroutine
          void f(PARAMETERS);
        }
        """
            .replace("PARAMETERS", parameters));
  }

  // ---- 106, 107, 110, 111, 112: class files

  @Test
  void classFileWithoutStackMaps() {
    byte[] withFrames =
        Compiled.from(
                """
                class A {
                  @Coroutine
                  static int f(boolean b) {
                    int i = b ? 1 : 2;
                    Task.yield();
                    return i;
                  }
                }
                """)
            .classFile("A");
    ClassWriter writer = new ClassWriter(0);
    new ClassReader(withFrames).accept(writer, ClassReader.SKIP_FRAMES);
    assertErrors(
        """
        A.java:5: COWEAVE-106: no frame says which types the locals have here
          in:      app.A.f(boolean)
          because: the weaver reads the types of locals from the StackMapTable, which class files before Java 6 don't have
          fix:     compile the class with '--release 8' or newer
        """,
        new Weaver(WeavingLoader::bytes, Options.BUILD).weave(writer.toByteArray()));
  }

  @Test
  void nativeMethod() {
    assertErrors(
        """
        A.java: COWEAVE-107: the coroutine is a native method
          in:      app.A.f()
          because: a native method has no bytecode to weave
          fix:     make it plain, and await in a method that calls it
        """,
        """
        class A {
          @Coroutine native void f();
        }
        """);
  }

  @Test
  void methodOfTheNameOfATwin() {
    assertErrors(
        """
        A.java:3: COWEAVE-110: the class has a method f(int, Continuation) of its own
          in:      app.A.f(int)
          because: the weaver adds a method of that name and those parameters to take the continuation
          fix:     rename the method
        """,
        """
        class A {
          @Coroutine void f(int i) {
            Task.yield();
          }
          void f(int i, dev.coweave.coroutine.Continuation c) {}
        }
        """);
  }

  @Test
  void classFileOfANewerJava() {
    byte[] bytes = Compiled.from("class A { @Coroutine void f() {} }").classFile("A").clone();
    bytes[7] = (byte) 199;
    assertErrors(
        """
        app.A: COWEAVE-111: Unsupported class file version 199.0
          in:      app.A
          because: the class file is corrupt, or newer than this version of the weaver knows
          fix:     recompile it, or use a newer coweave
        """,
        new Weaver(WeavingLoader::bytes, Options.BUILD).weave(bytes));
    byte[] plain = Compiled.from("class A { void f() {} }").classFile("A").clone();
    plain[7] = (byte) 199;
    assertEquals(
        WeaveResult.UNCHANGED, new Weaver(WeavingLoader::bytes, Options.BUILD).weave(plain));
  }

  @Test
  void classFileThatIsCutOff() {
    byte[] whole = Compiled.from("class A { @Coroutine void f() {} }").classFile("A");
    WeaveResult result =
        new Weaver(WeavingLoader::bytes, Options.BUILD)
            .weave(Arrays.copyOf(whole, whole.length - 30));
    assertErrors(
        """
        app.A: COWEAVE-111: it ends too early, or is damaged: EXCEPTION
          in:      app.A
          because: the class file is corrupt, or newer than this version of the weaver knows
          fix:     recompile it, or use a newer coweave
        """
            .replace("EXCEPTION", text(result).replaceAll("(?s).*damaged: (.+?)\n.*", "$1")),
        result);
  }

  @Test
  void bugOfTheWeaver() {
    byte[] bytes =
        Compiled.from(
                "class A extends ArrayList<String> { @Coroutine void f() { new Object(); } static"
                    + " class B extends A {} }")
            .classFile("A$B");
    ClassFiles failing =
        name -> {
          throw new IllegalStateException("no " + name);
        };
    assertErrors(
        """
        app.A$B: COWEAVE-112: java.lang.IllegalStateException: no app/A
          in:      app.A$B
          because: this is a bug in the weaver
          fix:     report it with the class file; exclude the class to go on: exclude=CLASS
        """,
        new Weaver(failing, Options.BUILD).weave(bytes));
  }

  // ---- 117: a check fails

  @Test
  void aCheckThatFails_costsNothingButItsAdvice() {
    Compiled c =
        Compiled.from(
            """
            class A {
              @Coroutine void f() { Task.yield(); }
              void g() { B.h(); }
              void i() { Task.yield(); }
              static class B { static void h() {} }
            }
            """);
    WeaveResult result =
        new Weaver(name -> failsForAdvice(c, name), Options.BUILD).weave(c.classFile("A"));
    assertEquals(
        """
        A.java:3: COWEAVE-117: the method was not checked: java.lang.IllegalStateException: no app/A$B
          in:      app.A.g()
          because: one of the weaver's checks failed, which is a bug in it; the method is woven as it would be without
          fix:     report it with the class file
        A.java:4: COWEAVE-120: Task.yield in a method that is not a @Coroutine
        """
            .stripTrailing(),
        text(result).lines().limit(5).collect(Collectors.joining("\n")));
    assertFalse(result.failed());
    assertNotNull(result.classFile());
  }

  private static byte[] failsForAdvice(Compiled c, String name) {
    String advice = Advice.class.getPackageName();
    boolean isAsked =
        StackWalker.getInstance()
            .walk(calls -> calls.anyMatch(f -> f.getClassName().startsWith(advice)));
    if (isAsked && name.endsWith("$B")) {
      throw new IllegalStateException("no " + name);
    }
    return name.startsWith("app/A") ? c.classFile(name.substring(4)) : WeavingLoader.bytes(name);
  }

  // ---- 114: the stack is full

  @Test
  void theStackIsFull() {
    byte[] bytes =
        Compiled.from(
                "class A extends ArrayList<String> { @Coroutine void f() { new Object(); } static"
                    + " class B extends A {} }")
            .classFile("A$B");
    ClassFiles deep =
        name -> {
          throw new StackOverflowError();
        };
    assertErrors(
        """
        app.A$B: COWEAVE-114: the stack was full while the class was woven
          in:      app.A$B
          because: the thread that loaded the class had hardly any stack left, or the class nests its code or its supertypes very deep
          fix:     load the class earlier, where the stack is less deep, or have a larger one: -Xss
        """,
        new Weaver(deep, Options.BUILD).weave(bytes));
  }

  // ---- 115: JMX

  /** What JMX makes operations of, by its name and by its annotation; a class of such a name is as good as any. */
  @Test
  void coroutinesInInterfacesOfJmx() {
    for (String declaration :
        List.of(
            "interface PoolMBean",
            "interface PoolMXBean",
            "@javax.management.MXBean interface Pool")) {
      String name = declaration.substring(declaration.lastIndexOf(' ') + 1);
      Compiled c = Compiled.from(declaration + " { @Coroutine int size(); void clear(); }");
      WeaveResult result = c.weave(name);
      assertEquals(
          """
          %1$s.java: COWEAVE-115: a coroutine in an interface of JMX
            in:      app.%1$s.size()
            because: JMX takes each method of such an interface for an operation, also the one that the weaver adds; an MXBean with it can't be registered
            fix:     leave the method of the interface plain, and annotate the one of the class that implements it\
          """
              .formatted(name),
          text(result));
      assertNotNull(result.classFile());
    }
    Compiled ofAClass = Compiled.from("class PoolMBean { @Coroutine int size() { return 1; } }");
    assertEquals("", text(ofAClass.weave("PoolMBean")));
  }

  // ---- 108, 109: dependencies

  private static final String LIBRARY =
      """
      class A {
        @Coroutine
        static void f() throws Exception {
          Library.g();
          Sam<String> s = x -> {};
        }
      }
      class Library {
        @Coroutine static void g() {}
      }
      interface Sam<T> {
        @Coroutine void run(T t);
      }
      """;

  @Test
  void dependencyThatWasNeverWoven() {
    Compiled c = Compiled.from(LIBRARY);
    ClassFiles files =
        new ClassFiles() {
          @Override
          public byte[] find(String internalName) {
            return c.find(internalName);
          }

          @Override
          public boolean isWovenAlong(String internalName) {
            return internalName.equals("app/A");
          }
        };
    assertErrors(
        """
        A.java:4: COWEAVE-108: call of Library.g, a coroutine that was never woven
          in:      app.A.f()
          because: its class is annotated, but bears no stamp of the weaver: a call would block the thread or fail instead of suspending
          fix:     weave that library too: 'java -jar coweave-agent.jar weave LIB.jar', or build it with coweave-maven-plugin; if the class was loaded before Coweave.install(), install earlier
        A.java:5: COWEAVE-108: a lambda of app.Sam, a coroutine that was never woven
          in:      app.A.f()
          because: its class is annotated, but bears no stamp of the weaver: a call would block the thread or fail instead of suspending
          fix:     weave that library too: 'java -jar coweave-agent.jar weave LIB.jar', or build it with coweave-maven-plugin; if the class was loaded before Coweave.install(), install earlier
        """,
        new Weaver(files, Options.BUILD).weave(c.classFile("A")));
  }

  @Test
  void dependencyOfAnotherVersion() {
    String stamped =
        LIBRARY
            .replace("class Library", "@dev.coweave.coroutine.Stamp(abi = 99) class Library")
            .replace("interface Sam", "@dev.coweave.coroutine.Stamp(abi = 99) interface Sam");
    assertErrors(
        """
        A.java:4: COWEAVE-109: call of Library.g, which was woven by another version of coweave
          in:      app.A.f()
          because: classes woven for one version of the runtime can't call those of another
          fix:     weave both with the coweave version that is on the class path
        A.java:5: COWEAVE-109: a lambda of app.Sam, which was woven by another version of coweave
          in:      app.A.f()
          because: classes woven for one version of the runtime can't call those of another
          fix:     weave both with the coweave version that is on the class path
        """,
        stamped);
  }

  @Test
  void classOfAnotherVersion() {
    assertErrors(
        """
        A.java: COWEAVE-109: the class was woven for version 99
          in:      app.A
          because: classes woven for one version of the runtime can't call those of another
          fix:     weave both with the coweave version that is on the class path
        """,
        "@dev.coweave.coroutine.Stamp(abi = 99) class A { @Coroutine void f() {} }");
  }

  // ---- the documentation

  @ParameterizedTest
  @EnumSource(Rule.class)
  void eachRule_hasItsSection(Rule rule) throws IOException {
    String errors = Files.readString(Path.of("../docs/errors.md"));
    String section = errors.split("\n## " + rule.code() + "\n", -1)[1].split("\n## ")[0];
    assertTrue(section.startsWith("\n**"), "begins with what is wrong");
    assertTrue(section.contains("```"), "has an example");
    assertEquals(1, errors.lines().filter(("## " + rule.code())::equals).count());
  }

  @Test
  void sections_areThoseOfTheCodesThatTheSourcesHave() throws IOException {
    Pattern code = Pattern.compile("\"(COWEAVE-\\d{3})[\":]");
    TreeSet<String> codes =
        Arrays.stream(Rule.values()).map(Rule::code).collect(Collectors.toCollection(TreeSet::new));
    for (String module : List.of(".", "../runtime/core")) {
      try (Stream<Path> sources = Files.walk(Path.of(module, "src/main/java"))) {
        for (Path source : sources.filter(Files::isRegularFile).toList()) {
          code.matcher(Files.readString(source)).results().forEach(m -> codes.add(m.group(1)));
        }
      }
    }
    assertEquals(
        List.copyOf(codes),
        Files.readString(Path.of("../docs/errors.md"))
            .lines()
            .filter(l -> l.startsWith("## "))
            .map(l -> l.substring(3))
            .toList());
  }

  /** A code that stands in a source beside the table has its reason and remedy there too, or none. */
  @Test
  void theTable_hasAllCodesOfTheWeaver() throws IOException {
    Pattern code = Pattern.compile("\"COWEAVE-\\d");
    try (Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
      for (Path source : sources.filter(Files::isRegularFile).toList()) {
        assertFalse(code.matcher(Files.readString(source)).find(), source.toString());
      }
    }
  }

  @Test
  void warnings_areThoseThatTheDocumentationNames() throws IOException {
    String introduction = Files.readString(Path.of("../docs/errors.md")).split("\n## ")[0];
    for (Rule rule : Rule.values()) {
      int number = Integer.parseInt(rule.code().substring(8));
      boolean inRange =
          number >= 120 && number <= 149
              || number >= 200 && number <= 299
              || number >= 440 && number <= 449;
      boolean named = introduction.contains("](#coweave-" + number + ")");
      assertEquals(rule.isWarning(), inRange || named, rule.code());
    }
  }

  // ---- all at once

  @Test
  void allErrorsOfAClass_inTheOrderOfTheSource() {
    String all =
        text(
            Compiled.from(
                    """
                    class A {
                      A() {
                        Task.yield();
                      }
                      @Coroutine
                      synchronized Object f() {
                        synchronized (this) { Task.yield(); }
                        return (CoroutineCallable<Object>) () -> {
                          synchronized (this) { return await(new CompletableFuture<>()); }
                        };
                      }
                      @Coroutine native void n();
                      static { await(new CompletableFuture<>()); }
                    }
                    """)
                .weave("A"));
    assertEquals(
        """
        A.java: COWEAVE-107: the coroutine is a native method
        A.java:3: COWEAVE-103: call of Task.yield in a constructor
        A.java:7: COWEAVE-102: the coroutine is a synchronized method
        A.java:7: COWEAVE-101: suspension at the call of Task.yield while holding the monitor entered at line 7
        A.java:9: COWEAVE-101: suspension at the call of Task.await while holding the monitor entered at line 9
        A.java:13: COWEAVE-103: call of Task.await in a static initialiser\
        """,
        all.lines().filter(l -> !l.startsWith(" ")).collect(Collectors.joining("\n")));
  }

  @Test
  void anIllegalMethod_ofThirdPartyCodeNamedByAPattern_staysPlain() {
    Compiled c =
        Compiled.from(
            """
            class A {
              synchronized void f() {
                Task.yield();
              }
              void g() {
                Task.yield();
              }
            }
            """);
    WeaveResult result = c.weave("A", Options.BUILD.withCoroutines(Patterns.parse("app.A")));
    assertEquals("", text(result));
    assertNotNull(result.classFile());
    assertTrue(result.companions().containsKey("app/A$$g"));
  }

  @Test
  void aMethodNamedByAPattern_whoseTwinCantBe_isNoCoroutine() {
    String parameters =
        IntStream.range(0, 254).mapToObj(i -> "int p" + i).collect(Collectors.joining(", "));
    Compiled c =
        Compiled.from(
            """
            class A {
              void wide(PARAMETERS) {
                g();
              }
              void taken(int i) {
                g();
              }
              void taken(int i, dev.coweave.coroutine.Continuation c) {
                g();
              }
              void g() {
                Task.yield();
              }
              void calls() {
                taken(1);
              }
            }
            """
                .replace("PARAMETERS", parameters));
    WeaveResult result = c.weave("A", Options.BUILD.withCoroutines(Patterns.parse("app.A")));
    assertEquals("", text(result));
    assertTrue(result.companions().containsKey("app/A$$calls"));
    assertFalse(result.companions().containsKey("app/A$$wide"));
  }

  @Test
  void aMethodThatStaysPlain_isReachedByASuperCall() throws Exception {
    Compiled c =
        Compiled.from(
            """
            class A implements Callable<String> {
              public String call() {
                return new Sub().f();
              }
              static class Base {
                synchronized String f() {
                  return "base";
                }
              }
              static class Sub extends Base {
                @Override String f() {
                  return "sub of " + super.f();
                }
              }
            }
            """);
    ClassLoader woven = c.woven(Options.BUILD.withCoroutines(Patterns.parse("app.**")));
    var constructor = woven.loadClass("app.A").getDeclaredConstructor();
    constructor.setAccessible(true);
    assertEquals("sub of base", ((Callable<?>) constructor.newInstance()).call());
  }
}
