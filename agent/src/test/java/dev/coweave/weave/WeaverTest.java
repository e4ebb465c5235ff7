package dev.coweave.weave;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.weave.programs.Generators;
import dev.coweave.weave.programs.Lambdas;
import dev.coweave.weave.programs.Receivers;
import dev.coweave.weave.programs.Tasks;
import java.io.ObjectStreamClass;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.ClassNode;

/** What weaving leaves as it was. */
class WeaverTest {
  private static final List<Class<?>> PROGRAMS =
      List.of(Generators.class, Tasks.class, Lambdas.class, Receivers.class);

  /** The class files of a program and of its nested classes. */
  private static Map<String, byte[]> classFiles(Class<?> program) {
    Map<String, byte[]> result = new TreeMap<>();
    List<Class<?>> all = new ArrayList<>(List.of(program));
    for (int i = 0; i < all.size(); i++) {
      String name = all.get(i).getName().replace('.', '/');
      result.put(name, WeavingLoader.bytes(name));
      all.addAll(Arrays.asList(all.get(i).getDeclaredClasses()));
    }
    return result;
  }

  /** Some of the programs are written so that they are warned of. */
  private static List<Problem> errors(WeaveResult r) {
    return r.problems().stream().filter(p -> p.severity() == Problem.Severity.ERROR).toList();
  }

  /** All that comes of weaving some class files, in the order of their names. */
  private static Map<String, byte[]> weaveAll(Map<String, byte[]> classFiles, Weaver weaver) {
    Map<String, byte[]> result = new TreeMap<>();
    classFiles.forEach(
        (name, bytes) -> {
          WeaveResult r = weaver.weave(bytes);
          assertEquals(List.of(), errors(r));
          result.put(name, r.classFile() == null ? bytes : r.classFile());
          result.putAll(r.companions());
        });
    return result;
  }

  private static void assertSameFiles(Map<String, byte[]> expected, Map<String, byte[]> actual) {
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach((name, bytes) -> assertArrayEquals(bytes, actual.get(name), name));
  }

  // ---- other classes

  @Test
  void weaving_loadsNoClass() throws Exception {
    // The weaver itself in a loader of its own, whose parent knows the test programs only as
    // resources.
    Map<String, byte[]> programs = new HashMap<>();
    PROGRAMS.forEach(p -> programs.putAll(classFiles(p)));
    List<String> loaded = new ArrayList<>();
    ClassLoader loader =
        new ClassLoader(getClass().getClassLoader()) {
          @Override
          protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (name.contains(".programs.")
                || name.startsWith("dev.coweave.") && !name.startsWith("dev.coweave.weave.")) {
              loaded.add(name);
              throw new ClassNotFoundException("loaded while weaving: " + name);
            }
            if (!name.startsWith("dev.coweave.weave.") && !name.startsWith("org.objectweb.")) {
              return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
              Class<?> c = findLoadedClass(name);
              byte[] bytes = WeavingLoader.bytes(name.replace('.', '/'));
              return c != null ? c : defineClass(name, bytes, 0, bytes.length);
            }
          }
        };
    Thread.currentThread().setContextClassLoader(loader);
    try {
      Method weave =
          loader.loadClass(Isolated.class.getName()).getDeclaredMethod("weave", Map.class);
      weave.setAccessible(true);
      int woven = (Integer) weave.invoke(null, programs);
      assertTrue(woven > 50, woven + " woven");
      assertEquals(List.of(), loaded);
    } finally {
      Thread.currentThread().setContextClassLoader(null);
    }
  }

  /** Run in a loader of its own. */
  static final class Isolated {
    static int weave(Map<String, byte[]> classFiles) {
      for (Options options : List.of(Options.BUILD, Options.AGENT.withVerify(true))) {
        Weaver weaver =
            new Weaver(name -> classFiles.getOrDefault(name, WeavingLoader.bytes(name)), options);
        classFiles.values().forEach(b -> weaver.weave(b).problems().forEach(p -> fail(p)));
      }
      Weaver weaver = new Weaver(classFiles::get, Options.BUILD);
      return (int)
          classFiles.values().stream().filter(b -> weaver.weave(b).classFile() != null).count();
    }

    private static void fail(Problem p) {
      if (p.severity() == Problem.Severity.ERROR) {
        throw new AssertionError(p.toString());
      }
    }
  }

  @Test
  void missingSuperclassesAndDependencies_doNotMatter() {
    Compiled c =
        Compiled.from(
            """
            class A extends Missing<A> implements MissingInterface {
              @Coroutine
              Object f(MissingToo m) throws Exception {
                Task.yield();
                MissingToo other = m == null ? new MissingToo() : m.next();
                Task.yield();
                CoroutineCallable<Object> lambda = () -> await(other.future());
                return lambda.call();
              }
            }
            class Missing<T> {}
            interface MissingInterface {}
            class MissingToo {
              MissingToo next() { return null; }
              CompletableFuture<Object> future() { return null; }
            }
            """);
    byte[] a = c.classFile("A");
    WeaveResult result =
        new Weaver(name -> name.startsWith("app/Missing") ? null : c.find(name), Options.BUILD)
            .weave(a);
    assertEquals(List.of(), result.problems());
    assertNotNull(result.classFile());
  }

  /** Known when they run, but not when they are woven. */
  @Test
  void superclassesThatTheWeaverDoesNotSee_doNotMatter() throws Exception {
    Compiled c =
        Compiled.from(
            """
            class A extends Missing implements MissingInterface {
              @Coroutine
              Object f(Object o) {
                Task.yield();
                return o + name();
              }
              @Coroutine
              static Object run() throws Exception {
                A a = new A();
                Sub s = new Sub();
                return "" + a.f(1) + s.f(2) + s.g() + MissingCaller.call(a);
              }
              public Object overridden(long l) { return " plain" + l; }
            }
            class Sub extends A {
              @Coroutine
              Object g() {
                Task.yield();
                return "g";
              }
            }
            class Missing {
              String name() { return "m"; }
              @Coroutine
              protected Object overridden(long l) {
                Task.yield();
                return "coroutine";
              }
            }
            interface MissingInterface {}
            class MissingCaller {
              @Coroutine
              static Object call(Missing m) {
                return m.overridden(3);
              }
            }
            """);
    ClassLoader loader =
        new WeavingLoader(
            name -> name.startsWith("app."),
            c::find,
            name -> name.startsWith("app/Missing") ? null : c.find(name),
            Options.BUILD);
    Method run = loader.loadClass("app.A").getDeclaredMethod("run");
    run.setAccessible(true);
    assertEquals("1m2mg plain3", run.invoke(null));
  }

  @Test
  void aClassFileOfJava7_isLinked() throws Exception {
    Compiled compiled =
        Compiled.from(
            """
            class A implements B {
              @Coroutine static String run() { A a = new A(); return String.valueOf(call(a) + call((B) a)); }
              @Coroutine static int call(A a) { return a.f(); }
              @Coroutine static int call(B b) { return b.f(); }
              @Coroutine public int f() { Task.yield(); return 1; }
            }
            interface B { @Coroutine int f(); }
            """);
    for (String name : List.of("A", "B")) {
      ClassNode node = new ClassNode();
      new ClassReader(compiled.classFile(name)).accept(node, 0);
      node.version = Opcodes.V1_7;
      ClassWriter writer = new ClassWriter(0);
      node.accept(writer);
      compiled.classFiles.put("app/" + name, writer.toByteArray());
    }
    Method run = compiled.woven(Options.BUILD).loadClass("app.A").getDeclaredMethod("run");
    run.setAccessible(true);
    assertEquals("2", run.invoke(null));
  }

  /** Compilers that know no nests make static methods by which nested classes reach private ones. */
  @Test
  void accessorsOfPrivateCoroutines_suspend() throws Exception {
    Compiled compiled =
        Compiled.from(
            """
            class A {
              @Coroutine private static int f(int i) { Task.yield(); return i; }
              @Coroutine private CompletableFuture<Integer> async(int i) { Task.yield(); return CompletableFuture.completedFuture(i); }
              @Coroutine static String run() { return new A().new B().g(); }
              class B {
                @Coroutine String g() { return f(1) + f(2) + " " + await(async(3)); }
              }
            }
            """,
            "--release",
            "8");
    assertTrue(
        BytecodeText.of(compiled.classFile("A")).contains("access$"), "javac 8 makes accessors");
    Method run = compiled.woven(Options.BUILD).loadClass("app.A").getDeclaredMethod("run");
    run.setAccessible(true);
    assertEquals("3 3", run.invoke(null));
  }

  @Test
  void flagsOfAClassWithoutMeaning_doNotMatter() {
    Compiled compiled = Compiled.from("class A { @Coroutine static void run() { Task.yield(); } }");
    ClassNode node = new ClassNode();
    new ClassReader(compiled.classFile("A")).accept(node, 0);
    node.access |= Opcodes.ACC_STATIC; // scalac sets it
    ClassWriter writer = new ClassWriter(0);
    node.accept(writer);
    compiled.classFiles.put("app/A", writer.toByteArray());
    WeaveResult woven = compiled.weave("A");
    assertEquals(List.of(), woven.problems());
    assertNotNull(woven.classFile());
  }

  // ---- again

  @Test
  void weavingTwice_changesNothing() {
    for (Class<?> program : PROGRAMS) {
      Map<String, byte[]> plain = classFiles(program);
      Map<String, byte[]> woven =
          weaveAll(
              plain, new Weaver(n -> plain.getOrDefault(n, WeavingLoader.bytes(n)), Options.BUILD));
      assertNotEquals(plain.keySet(), woven.keySet());
      Weaver again = new Weaver(n -> woven.getOrDefault(n, WeavingLoader.bytes(n)), Options.BUILD);
      woven.forEach((name, bytes) -> assertSame(WeaveResult.UNCHANGED, again.weave(bytes), name));
    }
  }

  @Test
  void weavingWithTheSameWeaver_givesTheSameAgain() {
    for (Class<?> program : PROGRAMS) {
      Map<String, byte[]> plain = classFiles(program);
      Weaver weaver = new Weaver(WeavingLoader::bytes, Options.BUILD);
      assertSameFiles(weaveAll(plain, weaver), weaveAll(plain, weaver));
      Weaver agent = new Weaver(WeavingLoader::bytes, Options.AGENT);
      assertSameFiles(weaveAll(plain, agent), weaveAll(plain, agent));
    }
  }

  @Test
  void theOrderOfClasses_doesNotMatter() {
    for (Class<?> program : PROGRAMS) {
      Map<String, byte[]> plain = classFiles(program);
      Map<String, byte[]> backwards =
          new TreeMap<String, byte[]>(java.util.Comparator.reverseOrder());
      backwards.putAll(plain);
      assertSameFiles(
          weaveAll(plain, new Weaver(WeavingLoader::bytes, Options.BUILD)),
          weaveAll(backwards, new Weaver(WeavingLoader::bytes, Options.BUILD)));
    }
  }

  @Test
  void inParallelThreads_theSameComesOut() throws Exception {
    Map<String, byte[]> plain = new TreeMap<>();
    PROGRAMS.forEach(p -> plain.putAll(classFiles(p)));
    Map<String, byte[]> expected = weaveAll(plain, new Weaver(WeavingLoader::bytes, Options.BUILD));
    Weaver shared = new Weaver(WeavingLoader::bytes, Options.BUILD);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      Callable<Map<String, byte[]>> weave = () -> weaveAll(plain, shared);
      for (Future<Map<String, byte[]>> f : threads.invokeAll(List.of(weave, weave, weave, weave))) {
        assertSameFiles(expected, f.get());
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void inTwoClassLoaders_eachHasItsOwn() throws Exception {
    Class<?> a = new WeavingLoader(Generators.class).loadClass(Generators.class.getName());
    Class<?> b = new WeavingLoader(Generators.class).loadClass(Generators.class.getName());
    assertNotEquals(a, b);
    assertEquals(
        ((Callable<?>) a.getConstructor().newInstance()).call(),
        ((Callable<?>) b.getConstructor().newInstance()).call());
  }

  // ---- what reflection sees

  private static final String REFLECTED =
      """
      class A<T extends Number> extends ArrayList<String> implements java.io.Serializable, CoroutineCallable<T> {
        private static final long other = 1;
        protected transient int field = 2;
        A() {}
        static { System.getProperty("x"); }
        @Deprecated @Mark("m") @Coroutine
        protected <X extends Comparable<X>, Y extends java.io.IOException> Map<String, @TypeMark List<? super X>> generic(
            @Mark("p") final List<? extends T> first, long second, @Mark X... rest) throws Y, InterruptedException {
          Task.yield();
          return null;
        }
        @Mark @Coroutine static Generator<Integer> generator(@Mark("q") int n) {
          Generator.yield(n);
          return Generator.end();
        }
        @Mark @Coroutine private static CompletableFuture<@TypeMark String> async(@Mark("r") String s) throws java.io.IOException {
          return CompletableFuture.completedFuture(s);
        }
        @Coroutine public T call() {
          CoroutineRunnable r = () -> Task.yield();
          return null;
        }
        @Coroutine final strictfp double last(double d) { return d + d; }
        void plain() {}
      }
      @java.lang.annotation.Retention(java.lang.annotation.RetentionPolicy.RUNTIME)
      @interface Mark { String value() default ""; }
      @java.lang.annotation.Retention(java.lang.annotation.RetentionPolicy.RUNTIME)
      @java.lang.annotation.Target(java.lang.annotation.ElementType.TYPE_USE)
      @interface TypeMark {}
      """;

  private static String describe(Method m) {
    return m.toGenericString()
        + " "
        + Arrays.toString(m.getAnnotations())
        + " "
        + Arrays.stream(m.getParameters()).map(Parameter::toString).toList()
        + " "
        + Arrays.deepToString(m.getParameterAnnotations())
        + " "
        + m.getAnnotatedReturnType()
        + " "
        + Arrays.toString(m.getAnnotatedParameterTypes())
        + " "
        + m.getModifiers();
  }

  private static String members(Class<?> c) {
    TreeSet<String> all = new TreeSet<>();
    Arrays.stream(c.getDeclaredMethods())
        .filter(m -> !m.isSynthetic() || m.isBridge())
        .forEach(m -> all.add(describe(m)));
    Arrays.stream(c.getDeclaredFields())
        .filter(f -> !f.isSynthetic())
        .forEach(f -> all.add(f.toGenericString()));
    Arrays.stream(c.getDeclaredConstructors())
        .filter(f -> !f.isSynthetic())
        .forEach(f -> all.add(f.toGenericString()));
    all.add(
        c.toGenericString()
            + " "
            + c.getGenericSuperclass()
            + " "
            + Arrays.toString(c.getAnnotations()));
    return String.join("\n", all);
  }

  @Test
  void reflectionOnTheUsersMembers_isUnchanged() throws Exception {
    Compiled c = Compiled.from(REFLECTED);
    for (Options options : List.of(Options.BUILD, Options.AGENT)) {
      Class<?> woven = c.woven(options).loadClass("app.A");
      assertEquals(members(c.unwoven().loadClass("app.A")), members(woven));
      assertTrue(Arrays.stream(woven.getDeclaredMethods()).anyMatch(Method::isSynthetic));
    }
  }

  @Test
  void whatIsAdded_isSynthetic_andBearsNoAnnotations() throws Exception {
    Compiled c = Compiled.from(REFLECTED);
    Class<?> plain = c.unwoven().loadClass("app.A");
    Class<?> woven = c.woven(Options.BUILD).loadClass("app.A");
    List<String> before =
        Arrays.stream(plain.getDeclaredMethods()).map(WeaverTest::nameAndTypes).toList();
    for (Method m : woven.getDeclaredMethods()) {
      if (!before.contains(nameAndTypes(m))) {
        assertTrue(m.isSynthetic(), m + " is synthetic");
        assertEquals(0, m.getAnnotations().length, m + " has annotations");
        assertFalse(
            Arrays.stream(m.getParameterAnnotations()).anyMatch(a -> a.length > 0),
            m + " has parameter annotations");
        assertEquals(
            m.toString(), m.toGenericString().replace("<T>", ""), m + " has a generic signature");
      }
    }
  }

  private static String nameAndTypes(Method m) {
    return m.getReturnType() + " " + m.getName() + Arrays.toString(m.getParameterTypes());
  }

  @Test
  void companions_areSyntheticAndPackagePrivate() throws Exception {
    Compiled c = Compiled.from(REFLECTED);
    ClassLoader loader = c.woven(Options.BUILD);
    loader.loadClass("app.A");
    for (String name : c.weave("A").companions().keySet()) {
      Class<?> companion = loader.loadClass(name.replace('/', '.'));
      assertTrue(companion.isSynthetic(), name);
      assertEquals(0, companion.getModifiers() & java.lang.reflect.Modifier.PUBLIC, name);
      assertEquals(companion, companion.getNestHost(), name);
    }
  }

  // ---- serialization

  private static void assertSameUid(String source) throws Exception {
    Compiled c = Compiled.from(source);
    long plain = ObjectStreamClass.lookupAny(c.unwoven().loadClass("app.A")).getSerialVersionUID();
    for (Options options : List.of(Options.BUILD, Options.AGENT)) {
      Class<?> woven = c.woven(options).loadClass("app.A");
      assertNotNull(c.weave("A", options).classFile());
      assertEquals(plain, ObjectStreamClass.lookupAny(woven).getSerialVersionUID());
    }
  }

  @Test
  void serialVersionUid_byDefault_isUnchanged() throws Exception {
    assertSameUid(
        """
        class A implements java.io.Serializable, Comparable<A> {
          private int i; protected static String s = "x"; private transient long t;
          public int compareTo(A a) { return 0; }
          @Coroutine private void f() { Task.yield(); }
          @Coroutine Generator<Integer> g() { Generator.yield(1); return null; }
          void h() { CoroutineRunnable r = () -> Task.yield(); Runnable q = () -> {}; }
          class Inner { int x = i; }
        }
        """);
  }

  @Test
  void serialVersionUid_inheritedSerializable_isUnchanged() throws Exception {
    assertSameUid(
        "class A extends B { @Coroutine void f() { Task.yield(); } } class B extends C {} class C"
            + " implements java.io.Serializable {}");
    assertSameUid(
        "class A extends ArrayList<String> { A(int i) {} @Coroutine void f() { Task.yield(); } }");
    assertSameUid("class A extends Exception { @Coroutine void f() { Task.yield(); } }");
  }

  @Test
  void serialVersionUid_ofAClassThatOnlyInheritsCoroutines_isUnchanged() throws Exception {
    assertSameUid(
        "class A extends B implements java.io.Serializable { int i; } class B { @Coroutine void f()"
            + " { Task.yield(); } }");
  }

  @Test
  void serialVersionUid_declared_isUnchanged() throws Exception {
    assertSameUid(
        "class A implements java.io.Serializable { static final long serialVersionUID = 42;"
            + " @Coroutine void f() { Task.yield(); } }");
    assertSameUid(
        "enum A implements CoroutineRunnable { X; @Coroutine public void run() { Task.yield(); }"
            + " }");
    assertSameUid(
        "record A(int i) implements java.io.Serializable { @Coroutine void f() { Task.yield(); }"
            + " }");
  }

  // ---- classes without coroutines

  @Test
  void aClassWithoutCoroutines_isUnchanged() {
    Compiled c =
        Compiled.from(
            """
            class A implements Runnable, java.io.Serializable {
              public void run() { Runnable r = () -> {}; r.run(); }
            }
            class B { Object f() { return await(CompletableFuture.completedFuture(1)); } }
            interface C { void f(); }
            @Deprecated enum D { X }
            class E { Generator<Integer> g; Object h() { return g.next(); } Task<String> t; }
            """);
    for (String name : List.of("A", "B", "C", "D", "E")) {
      for (Options options : List.of(Options.BUILD, Options.AGENT)) {
        assertSame(WeaveResult.UNCHANGED, c.weave(name, options.withWarnings(Warnings.OFF)), name);
      }
    }
  }

  /** Counted, not timed: what is looked up is what costs. */
  @Test
  void aClassWithoutCoroutines_costsALookAtItsConstantPool() {
    List<String> lookedUp = new ArrayList<>();
    Weaver weaver =
        new Weaver(
            name -> {
              lookedUp.add(name);
              return WeavingLoader.bytes(name);
            },
            Options.AGENT);
    List<String> jdk =
        List.of(
            "java/util/ArrayList",
            "java/util/HashMap",
            "java/lang/String",
            "java/util/stream/ReferencePipeline");
    for (String name : jdk) {
      assertSame(WeaveResult.UNCHANGED, weaver.weave(WeavingLoader.bytes(name)));
    }
    String tests = "dev/coweave/junit/CoroutineTest"; // whether annotations can be made of it
    assertEquals(List.of(tests), lookedUp, "once a class path");
    assertSame(
        WeaveResult.UNCHANGED,
        weaver.weave(WeavingLoader.bytes("org/objectweb/asm/tree/ClassNode")));
    assertSame(
        WeaveResult.UNCHANGED,
        weaver.weave(WeavingLoader.bytes("org/objectweb/asm/tree/MethodNode")));
    assertEquals(
        tests + " org/objectweb/asm/ClassVisitor org/objectweb/asm/MethodVisitor",
        lookedUp.stream().collect(Collectors.joining(" ")),
        "its superclasses, once each");
  }

  @Test
  void annotationTypes_areNoCoroutinesByPattern() throws Exception {
    Compiled c = Compiled.from("@interface A { String name(); int[] numbers() default {}; }");
    ClassLoader woven = c.woven(Options.BUILD.withCoroutines(Patterns.parse("app.**")));
    assertEquals(2, woven.loadClass("app.A").getDeclaredMethods().length);
  }
}
