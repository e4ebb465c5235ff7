package dev.coweave.languages;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.coweave.CoroutineCallable;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Woven;
import dev.coweave.loop.EventLoop;
import dev.coweave.weave.Options;
import dev.coweave.weave.Problem;
import dev.coweave.weave.TreeResult;
import dev.coweave.weave.TreeWeaver;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.util.CheckClassAdapter;

/** A program that was compiled, woven and loaded. */
final class WovenProgram {
  /** What the weaver said. */
  final List<Problem> problems;

  private final ClassLoader loader;

  /**
   * Weaves a program, as a build does, and loads it.
   *
   * @param compiled the directories that it was compiled to
   * @param classes an empty one, for what is woven
   */
  WovenProgram(List<Path> compiled, Path classes) throws IOException {
    for (Path directory : compiled) {
      copy(directory, classes);
    }
    List<Path> classPath =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(Path::of)
            .toList();
    TreeResult result = new TreeWeaver(classPath, Options.BUILD).weave(List.of(classes));
    problems = result.problems();
    if (result.failed()) {
      loader = getClass().getClassLoader();
      return;
    }
    loader = new URLClassLoader(new URL[] {classes.toUri().toURL()}, getClass().getClassLoader());
    try (Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
        check(Files.readAllBytes(file));
      }
    }
  }

  private static void copy(Path compiled, Path classes) throws IOException {
    try (Stream<Path> files = Files.walk(compiled)) {
      for (Path file : files.toList()) {
        Path copy = classes.resolve(compiled.relativize(file));
        if (!Files.isDirectory(copy)) {
          Files.copy(file, copy);
        }
      }
    }
  }

  /** ASM's verifier, and by loading and initialising the class the JVM's. */
  private void check(byte[] classFile) {
    StringWriter errors = new StringWriter();
    ClassReader reader = new ClassReader(classFile);
    CheckClassAdapter.verify(known(reader), loader, false, new PrintWriter(errors));
    assertEquals("", errors.toString(), reader.getClassName());
    try {
      Class.forName(reader.getClassName().replace('/', '.'), true, loader);
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }

  /** A class without the flag ACC_STATIC, which scalac sets, and which only ASM minds. */
  private static ClassReader known(ClassReader reader) {
    ClassNode c = new ClassNode();
    reader.accept(c, 0);
    c.access &= ~Opcodes.ACC_STATIC;
    ClassWriter writer = new ClassWriter(0);
    c.accept(writer);
    return new ClassReader(writer.toByteArray());
  }

  Class<?> find(String name) {
    try {
      return loader.loadClass(name);
    } catch (ClassNotFoundException e) {
      throw new AssertionError(problems.toString(), e);
    }
  }

  /** Calls a method as plain code does. */
  static Object plainly(Method m) throws Exception {
    return call(m, instance(m.getDeclaringClass()));
  }

  /** Calls a method as a coroutine does, on a loop. */
  static Object onALoop(Method m) throws Exception {
    Class<?> c = m.getDeclaringClass();
    Method twin = c.getDeclaredMethod(m.getName(), Continuation.class);
    twin.setAccessible(true);
    return EventLoop.run(new TwinCall(twin, instance(c)));
  }

  private static Object instance(Class<?> c) throws ReflectiveOperationException {
    var constructor = c.getDeclaredConstructor();
    constructor.setAccessible(true);
    return constructor.newInstance();
  }

  private static Object call(Method m, Object on, Object... arguments) throws Exception {
    try {
      m.setAccessible(true);
      return m.invoke(on, arguments);
    } catch (InvocationTargetException e) {
      throw WovenProgram.<RuntimeException>sneakyThrow(e.getCause());
    }
  }

  @SuppressWarnings({
    "unchecked",
    "TypeParameterUnusedInFormals"
  }) // T is what the compiler believes
  private static <T extends Throwable> T sneakyThrow(Throwable t) throws T {
    throw (T) t;
  }

  /** Calls a twin as woven code does whose last act that is: its suspension passes through. */
  private record TwinCall(Method twin, Object on) implements CoroutineCallable<Object>, Woven {
    @Override
    public Object call() {
      throw new AssertionError("a coroutine's callable is called by its twin");
    }

    // the interface's twin, which compilers don't see
    public Object call(Continuation c) throws Exception {
      return WovenProgram.call(twin, on, c);
    }

    @Override
    public Class<?> coweave$class() {
      return TwinCall.class;
    }
  }
}
