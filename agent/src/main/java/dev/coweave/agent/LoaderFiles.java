package dev.coweave.agent;

import dev.coweave.weave.ClassFiles;
import dev.coweave.weave.analysis.RuntimeAbi;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.security.CodeSource;
import java.security.ProtectionDomain;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The class files that the classes of a loader see. Holds the loader weakly, being held by a value of the map that it is a key of.
 *
 * <p>A loader's classes are not only those that it finds as resources. It may have defined them from memory: those that it has defined so
 * far are kept here. And in a layer of modules each module may have a loader, which shares classes with the others, but no resources:
 * then the modules are asked.
 */
final class LoaderFiles implements ClassFiles {
  private final WeakReference<ClassLoader> loader;
  private final @Nullable WeakReference<Module> module;
  private final LoadedBefore loadedBefore;
  private final LoaderWeavers all;
  private final Map<String, byte[]> fromMemory = new ConcurrentHashMap<>();

  /** Of the loader whose jars are open as long as the JVM lives; else null. */
  private final @Nullable JvmClassPath classPath;

  /** What came of asking for the classes that were asked for in vain. */
  private final Map<String, String> missing = new ConcurrentHashMap<>();

  /**
   * The class files of a loader.
   *
   * @param module the module of one of its classes
   * @param loadedBefore what was loaded before the agent came
   * @param all knows the files of other loaders
   */
  LoaderFiles(
      ClassLoader loader, @Nullable Module module, LoadedBefore loadedBefore, LoaderWeavers all) {
    this.loader = new WeakReference<>(loader);
    this.module = module == null || !module.isNamed() ? null : new WeakReference<>(module);
    this.classPath = JvmClassPath.of(loader);
    this.loadedBefore = loadedBefore;
    this.all = all;
  }

  /** A class is being defined. What has no place of its own can't be found again, and is kept. */
  void defining(
      String internalName,
      @Nullable Module module,
      @Nullable ProtectionDomain domain,
      byte[] classFile) {
    CodeSource source = domain == null ? null : domain.getCodeSource();
    URL place = source == null ? null : source.getLocation();
    if (place == null) {
      fromMemory.put(internalName, classFile);
    } else if (classPath != null) {
      classPath.defining(place, module != null && module.isNamed());
    }
  }

  /** What came of asking for a class, if it was asked for in vain: such as "returned null". */
  @Nullable String askedInVain(String internalName) {
    return missing.get(internalName);
  }

  private void isMissing(String internalName, String answer) {
    missing.putIfAbsent(internalName, answer);
    all.missing().add(internalName);
  }

  @Override
  public void unreadable(String internalName, String reason) {
    isMissing(internalName, "returned what is no class file of it: " + reason);
  }

  @Override
  public boolean isWovenAlong(String internalName) {
    ClassLoader l = loader.get();
    return l == null || !loadedBefore.contains(l, internalName);
  }

  @Override
  public boolean isInNoFile(String internalName) {
    return elsewhere(internalName) == null;
  }

  @Override
  public byte @Nullable [] find(String internalName) {
    byte[] found = fromMemory.get(internalName);
    if (found == null) {
      found = classPath == null ? null : classPath.find(internalName);
    }
    if (found == null) {
      found = elsewhere(internalName);
    }
    if (found == null) {
      isMissing(internalName, "returned null");
    }
    return found;
  }

  private byte @Nullable [] elsewhere(String internalName) {
    ClassLoader l = loader.get();
    byte[] found = elsewhere(l, internalName);
    // The runtime is a parent's in most loaders, also in those that don't ask parents for
    // resources.
    for (l = l == null ? null : l.getParent();
        found == null && l != null && RuntimeAbi.isRuntime(internalName);
        l = l.getParent()) {
      found = elsewhere(l, internalName);
    }
    return found;
  }

  private byte @Nullable [] elsewhere(@Nullable ClassLoader l, String internalName) {
    Module m = module == null ? null : module.get();
    String file = internalName + ".class";
    try (InputStream in = l == null ? null : l.getResourceAsStream(file);
        InputStream inModule = in != null || m == null ? null : Modules.open(m, file)) {
      return in != null
          ? in.readAllBytes()
          : inModule != null ? inModule.readAllBytes() : fromMemoryOfParents(l, internalName);
    } catch (IOException | RuntimeException | LinkageError e) {
      isMissing(internalName, "failed: " + e);
      return fromMemoryOfParents(l, internalName);
    }
  }

  private byte @Nullable [] fromMemoryOfParents(@Nullable ClassLoader l, String internalName) {
    for (ClassLoader p = l == null ? null : l.getParent(); p != null; p = p.getParent()) {
      LoaderFiles files = all.filesOf(p);
      byte[] found = files == null ? null : files.fromMemory.get(internalName);
      if (found != null) {
        return found;
      }
    }
    return null;
  }
}
