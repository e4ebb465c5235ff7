package dev.coweave.agent;

import dev.coweave.weave.ClassFiles;
import dev.coweave.weave.Options;
import dev.coweave.weave.Weaver;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/** One weaver for each class loader, because each sees other classes; gone when the loader is. */
final class LoaderWeavers {
  private final Options options;
  private final Map<ClassLoader, Weaver> weavers = Collections.synchronizedMap(new WeakHashMap<>());

  LoaderWeavers(Options options) {
    this.options = options;
  }

  /** The weaver for the classes of a loader. */
  Weaver of(ClassLoader loader) {
    return weavers.computeIfAbsent(loader, l -> new Weaver(new LoaderFiles(l), options));
  }

  /** The class files that a loader finds as resources. Holds it weakly, being held by a value of the map that it is a key of. */
  private static final class LoaderFiles implements ClassFiles {
    private final WeakReference<ClassLoader> loader;

    LoaderFiles(ClassLoader loader) {
      this.loader = new WeakReference<>(loader);
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
