package dev.coweave.weave;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.util.CheckClassAdapter;

/**
 * Loads the test programs woven: each class whose name starts with the prefix is read, woven, checked by ASM's verifier, and
 * defined here, where HotSpot verifies it again. Everything else comes from the parent.
 */
final class WeavingLoader extends ClassLoader {
  private final String prefix;
  private final Weaver weaver;
  private final Map<String, byte[]> companions = new HashMap<>();

  WeavingLoader(Class<?> program) {
    this(program, Options.BUILD);
  }

  WeavingLoader(Class<?> program, Options options) {
    super(program.getClassLoader());
    this.prefix = program.getName();
    this.weaver = new Weaver(WeavingLoader::bytes, options);
  }

  static byte[] bytes(String internalName) {
    try (InputStream in = WeavingLoader.class.getClassLoader().getResourceAsStream(internalName + ".class")) {
      return in == null ? null : in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    synchronized (getClassLoadingLock(name)) {
      if (!name.startsWith(prefix)) {
        return super.loadClass(name, resolve);
      }
      Class<?> loaded = findLoadedClass(name);
      return loaded != null ? loaded : define(name);
    }
  }

  private Class<?> define(String name) throws ClassNotFoundException {
    byte[] bytes = companions.get(name);
    if (bytes == null) {
      byte[] plain = bytes(name.replace('.', '/'));
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
    CheckClassAdapter.verify(new ClassReader(bytes), this, false, new PrintWriter(errors));
    if (!errors.toString().isEmpty()) {
      throw new AssertionError(errors.toString());
    }
  }
}
