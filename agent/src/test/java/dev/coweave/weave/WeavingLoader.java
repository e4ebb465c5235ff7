package dev.coweave.weave;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.util.CheckClassAdapter;

/**
 * Loads the test programs woven: each class whose name starts with the prefix is read, woven, checked by ASM's verifier, and
 * defined here, where HotSpot verifies it again. Everything else comes from the parent.
 */
final class WeavingLoader extends ClassLoader {
  private final Predicate<String> isMine;
  private final Function<String, byte[]> classFiles;
  private final Weaver weaver;
  private final Map<String, byte[]> companions = new HashMap<>();
  private final ClassLoader shadow = new Shadow(this);

  WeavingLoader(Class<?> program) {
    this(program, Options.BUILD);
  }

  WeavingLoader(Class<?> program, Options options) {
    this(name -> name.startsWith(program.getName()), WeavingLoader::bytes, options);
  }

  /**
   * A loader of some classes.
   *
   * @param isMine whether a class is defined here, by binary name
   * @param classFiles the class files as they were compiled, by internal name
   */
  WeavingLoader(Predicate<String> isMine, Function<String, byte[]> classFiles, Options options) {
    this(isMine, classFiles, classFiles::apply, options);
  }

  /** A loader whose weaver sees other class files than it defines. */
  WeavingLoader(
      Predicate<String> isMine,
      Function<String, byte[]> classFiles,
      ClassFiles seen,
      Options options) {
    super(WeavingLoader.class.getClassLoader());
    this.isMine = isMine;
    this.classFiles = classFiles;
    this.weaver = new Weaver(seen, options);
  }

  static byte[] bytes(String internalName) {
    byte[] recompiled = Compilers.recompiled(internalName);
    if (recompiled != null) {
      return recompiled;
    }
    try (InputStream in =
        WeavingLoader.class.getClassLoader().getResourceAsStream(internalName + ".class")) {
      return in == null ? null : in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    synchronized (getClassLoadingLock(name)) {
      if (!isMine.test(name)) {
        return super.loadClass(name, resolve);
      }
      Class<?> loaded = findLoadedClass(name);
      return loaded != null ? loaded : define(name);
    }
  }

  private Class<?> define(String name) throws ClassNotFoundException {
    byte[] bytes = companions.get(name);
    if (bytes == null) {
      byte[] plain = classFiles.apply(name.replace('.', '/'));
      if (plain == null) {
        throw new ClassNotFoundException(name);
      }
      WeaveResult result = weaver.weave(plain);
      if (result.failed()) {
        throw new AssertionError(result.problems().toString());
      }
      result.companions().forEach((n, b) -> companions.put(n.replace('/', '.'), b));
      bytes = result.classFile() == null ? plain : result.classFile();
    }
    check(bytes);
    return defineClass(name, bytes, 0, bytes.length);
  }

  private void check(byte[] bytes) {
    StringWriter errors = new StringWriter();
    CheckClassAdapter.verify(new ClassReader(bytes), shadow, false, new PrintWriter(errors));
    if (!errors.toString().isEmpty()) {
      throw new AssertionError(errors.toString());
    }
  }

  /** The same classes unwoven: ASM's verifier loads what it compares, which must not define a class that is being defined. */
  private static final class Shadow extends ClassLoader {
    private final WeavingLoader original;

    Shadow(WeavingLoader original) {
      super(original.getParent());
      this.original = original;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      synchronized (getClassLoadingLock(name)) {
        if (!original.isMine.test(name)) {
          return super.loadClass(name, resolve);
        }
        Class<?> loaded = findLoadedClass(name);
        byte[] bytes =
            original.companions.getOrDefault(
                name, original.classFiles.apply(name.replace('.', '/')));
        if (loaded == null && bytes == null) {
          throw new ClassNotFoundException(name);
        }
        return loaded != null ? loaded : defineClass(name, bytes, 0, bytes.length);
      }
    }
  }
}
