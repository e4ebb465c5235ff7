package dev.coweave.agent;

import dev.coweave.weave.ClassFiles;
import dev.coweave.weave.Options;
import dev.coweave.weave.Weaver;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.instrument.Instrumentation;
import java.lang.ref.WeakReference;
import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/** One weaver for each class loader, because each sees other classes; gone when the loader is. */
final class LoaderWeavers {
  private final Options options;
  private final Map<ClassLoader, Set<String>> loadedBefore;
  private final Map<ClassLoader, Weaver> weavers = Collections.synchronizedMap(new WeakHashMap<>());

  /**
   * Weavers that weave alike.
   *
   * @param loadedBefore the classes that each loader had loaded before the agent came, and that so will never be woven
   */
  LoaderWeavers(Options options, Map<ClassLoader, Set<String>> loadedBefore) {
    this.options = options;
    this.loadedBefore = loadedBefore;
  }

  /** The classes of users that are loaded now, by the loader that defined them. */
  static Map<ClassLoader, Set<String>> loaded(Instrumentation jvm) {
    Map<ClassLoader, Set<String>> result = new WeakHashMap<>();
    for (Class<?> c : jvm.getAllLoadedClasses()) {
      ClassLoader loader = c.getClassLoader();
      if (loader != null && !c.isArray() && !c.isHidden()) {
        result.computeIfAbsent(loader, l -> new HashSet<>()).add(c.getName().replace('.', '/'));
      }
    }
    return result;
  }

  /** The weaver for the classes of a loader. */
  Weaver of(ClassLoader loader) {
    return weavers.computeIfAbsent(
        loader,
        l -> new Weaver(new LoaderFiles(l, loadedBefore.getOrDefault(l, Set.of())), options));
  }

  /** The class files that a loader finds as resources. Holds it weakly, being held by a value of the map that it is a key of. */
  private static final class LoaderFiles implements ClassFiles {
    private final WeakReference<ClassLoader> loader;
    private final Set<String> loadedBefore;

    LoaderFiles(ClassLoader loader, Set<String> loadedBefore) {
      this.loader = new WeakReference<>(loader);
      this.loadedBefore = loadedBefore;
    }

    @Override
    public boolean isWovenAlong(String internalName) {
      return !loadedBefore.contains(internalName);
    }

    @Override
    public byte @Nullable [] find(String internalName) {
      ClassLoader l = loader.get();
      if (l == null) {
        return null;
      }
      try (InputStream in = l.getResourceAsStream(internalName + ".class")) {
        return in == null ? null : in.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException("can't read " + internalName + ".class from " + l, e);
      }
    }
  }
}
