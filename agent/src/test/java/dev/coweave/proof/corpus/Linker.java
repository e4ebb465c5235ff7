package dev.coweave.proof.corpus;

import java.util.Map;

/** Defines classes and has HotSpot link, hence verify them; none is initialised. */
final class Linker extends ClassLoader {
  private final Map<String, byte[]> classes;

  Linker(Map<String, byte[]> classes) {
    super(Linker.class.getClassLoader());
    this.classes = classes;
  }

  /** What linking a class throws, or null. */
  Throwable link(String internalName) {
    try {
      // Listing members links a class first (JVM_GetClassDeclaredFields) and initialises nothing.
      loadClass(internalName.replace('/', '.')).getDeclaredFields();
      return null;
    } catch (ClassNotFoundException | LinkageError | RuntimeException e) {
      return e;
    }
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    synchronized (getClassLoadingLock(name)) {
      byte[] bytes = classes.get(name.replace('.', '/'));
      if (bytes == null) {
        return super.loadClass(name, resolve);
      }
      Class<?> loaded = findLoadedClass(name);
      return loaded != null ? loaded : defineClass(name, bytes, 0, bytes.length);
    }
  }
}
