package dev.coweave.weave.durable;

import dev.coweave.weave.bytecode.ClassInfos;
import java.util.Set;
import java.util.TreeSet;
import org.objectweb.asm.commons.ClassRemapper;
import org.objectweb.asm.commons.Remapper;
import org.objectweb.asm.tree.ClassNode;

/** The classes that a class's code names: only these, and what they are made of, are created when a run of it is loaded. */
final class NamedTypes {
  private NamedTypes() {}

  /** The names, as {@code Class.forName} takes them; of the JDK those of enums alone: what else it has that can be stored is known. */
  static Set<String> of(ClassNode c) {
    Set<String> names = new TreeSet<>();
    Remapper collector =
        new Remapper(org.objectweb.asm.Opcodes.ASM9) {
          @Override
          public String map(String internalName) {
            if (!ClassInfos.isJdk(internalName) || JdkEnums.contain(internalName)) {
              names.add(internalName.replace('/', '.'));
            }
            return internalName;
          }
        };
    // Writes to a node of its own: nobody wants the copy.
    c.accept(new ClassRemapper(new ClassNode(), collector));
    return names;
  }
}
