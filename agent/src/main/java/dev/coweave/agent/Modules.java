package dev.coweave.agent;

import java.io.IOException;
import java.io.InputStream;
import java.lang.instrument.Instrumentation;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The modules whose classes a module sees. */
final class Modules {
  private Modules() {}

  /**
   * Opens a class file of a module that another one sees.
   *
   * @param from the module that sees it
   * @param file such as {@code com/acme/Service.class}
   * @return null if there is none
   */
  static @Nullable InputStream open(Module from, String file) throws IOException {
    Module home = home(from, packageOf(file));
    return home == null ? null : home.getResourceAsStream(file);
  }

  /**
   * Lets a module read the runtime's, which woven classes link to: one that only inherits coroutines need not require it.
   *
   * @param jvm the agent's way into the JVM
   * @param woven the module of a woven class
   */
  static void letReadRuntime(Instrumentation jvm, @Nullable Module woven) {
    if (woven == null || !woven.isNamed()) {
      return;
    }
    Module runtime = home(woven, "dev.coweave.coroutine");
    if (runtime != null && !woven.canRead(runtime)) {
      jvm.redefineModule(woven, Set.of(runtime), Map.of(), Map.of(), Set.of(), Map.of());
    }
  }

  /** The module that has a package: one that is read rather than another of the layers, which a class that is read may extend. */
  private static @Nullable Module home(Module from, String packageName) {
    Module found = null;
    for (ModuleLayer layer : layers(from)) {
      for (Module m : layer.modules()) {
        if (m.getPackages().contains(packageName)) {
          if (from.canRead(m)) {
            return m;
          }
          found = found == null ? m : found;
        }
      }
    }
    return found;
  }

  /** The layer of a module, and those below it, nearest first. */
  private static Set<ModuleLayer> layers(Module m) {
    Set<ModuleLayer> result = new LinkedHashSet<>();
    List<ModuleLayer> next = new ArrayList<>();
    if (m.getLayer() != null) {
      next.add(m.getLayer());
    }
    while (!next.isEmpty()) {
      ModuleLayer layer = next.remove(0);
      if (result.add(layer)) {
        next.addAll(layer.parents());
      }
    }
    return result;
  }

  private static String packageOf(String file) {
    int slash = file.lastIndexOf('/');
    return slash < 0 ? "" : file.substring(0, slash).replace('/', '.');
  }
}
