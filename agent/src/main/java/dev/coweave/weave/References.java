package dev.coweave.weave;

import java.util.Set;
import org.objectweb.asm.ClassReader;

/** The classes that a class file refers to. */
final class References {
  private static final int CONSTANT_CLASS = 7;

  private References() {}

  /** Adds the internal names in the CONSTANT_Class entries (JVMS 4.4.1) of a class file, its own apart; of a corrupt one none. */
  static void addTo(Set<String> names, byte[] classFile) {
    try {
      ClassReader reader = new ClassReader(classFile);
      char[] buffer = new char[reader.getMaxStringLength()];
      String own = reader.getClassName();
      for (int i = 1; i < reader.getItemCount(); i++) {
        int at = reader.getItem(i);
        // An item's offset is that of what follows its tag; 0 is the unused half of a long or
        // double.
        if (at > 0 && reader.readByte(at - 1) == CONSTANT_CLASS) {
          String name = reader.readUTF8(at, buffer);
          if (!name.equals(own)) {
            names.add(name);
          }
        }
      }
    } catch (RuntimeException e) {
      // Corrupt: reported when it is woven.
    }
  }
}
