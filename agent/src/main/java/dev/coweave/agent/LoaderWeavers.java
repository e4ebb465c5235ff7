package dev.coweave.agent;

import dev.coweave.weave.Options;
import dev.coweave.weave.Weaver;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** One weaver for each class loader, because each sees other classes; gone when the loader is. */
final class LoaderWeavers {
  /** A loader's weaver, and the class files that it reads. */
  record LoaderWeaver(Weaver weaver, LoaderFiles files) {}

  private final Options options;
  private final LoadedBefore loadedBefore;
  private final Map<ClassLoader, LoaderWeaver> weavers =
      Collections.synchronizedMap(new WeakHashMap<>());
  private final Set<String> missing = ConcurrentHashMap.newKeySet();

  /**
   * Weavers that weave alike.
   *
   * @param loadedBefore the classes that were loaded before the agent came
   */
  LoaderWeavers(Options options, LoadedBefore loadedBefore) {
    this.options = options;
    this.loadedBefore = loadedBefore;
  }

  /**
   * The weaver for the classes of a loader.
   *
   * @param module the module of one of them, or null if that isn't known
   */
  LoaderWeaver of(ClassLoader loader, @Nullable Module module) {
    return weavers.computeIfAbsent(
        loader,
        l -> {
          LoaderFiles files = new LoaderFiles(l, module, loadedBefore, this);
          return new LoaderWeaver(new Weaver(files, options), files);
        });
  }

  /** The class files of a loader some of whose classes have been looked at; else null. */
  @Nullable LoaderFiles filesOf(ClassLoader loader) {
    LoaderWeaver known = weavers.get(loader);
    return known == null ? null : known.files();
  }

  /** The classes that some loader was asked for in vain. */
  Set<String> missing() {
    return missing;
  }

  /**
   * What came of asking for a class, by the loader that defines it now or by one below that.
   *
   * @param loader the class's loader
   * @return such as "returned null"; null if it wasn't asked for in vain
   */
  @Nullable String askedInVain(ClassLoader loader, String internalName) {
    if (!missing.contains(internalName)) {
      return null;
    }
    synchronized (weavers) {
      for (Map.Entry<ClassLoader, LoaderWeaver> w : weavers.entrySet()) {
        String answer = w.getValue().files().askedInVain(internalName);
        if (answer != null && isSeenBy(w.getKey(), loader)) {
          return answer;
        }
      }
    }
    return null;
  }

  private static boolean isSeenBy(ClassLoader child, ClassLoader loader) {
    ClassLoader l = child;
    while (l != null && l != loader) {
      l = l.getParent();
    }
    return l != null;
  }
}
