package dev.coweave.weave;

import dev.coweave.weave.bytecode.ConstantPool;
import java.util.Set;

/** The classes that a class file refers to. */
final class References {
  private References() {}

  /** Adds the internal names in the CONSTANT_Class entries (JVMS 4.4.1) of a class file, its own apart; of a corrupt one none. */
  static void addTo(Set<String> names, byte[] classFile) {
    ConstantPool pool = ConstantPool.of(classFile);
    if (pool == null) {
      return;
    }
    try {
      String own = pool.className();
      pool.classes().stream().filter(name -> !name.equals(own)).forEach(names::add);
    } catch (RuntimeException e) {
      // Corrupt: reported when it is woven.
    }
  }
}
