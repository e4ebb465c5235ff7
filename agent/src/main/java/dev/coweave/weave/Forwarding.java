package dev.coweave.weave;

import dev.coweave.weave.analysis.Coroutines;
import dev.coweave.weave.bytecode.ClassInfo;
import dev.coweave.weave.bytecode.ClassInfo.MethodInfo;
import dev.coweave.weave.emit.ClassEmitter;
import dev.coweave.weave.machine.PlannedTwin;
import java.util.List;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * A class that is refused while the program runs: it gets nothing but twins that call its methods. Callers that are woven already, for whom
 * it has coroutines, link to these; what then has to wait in it says that it was not woven.
 */
final class Forwarding {
  private Forwarding() {}

  /** The class with its twins. */
  static byte[] of(ClassReader reader, Coroutines coroutines) {
    ClassNode c = new ClassNode(Opcodes.ASM9);
    reader.accept(c, 0);
    ClassInfo info = ClassInfo.read(c);
    boolean twinsForward = PlannedTwin.mayHaveBodies(c);
    ClassEmitter emitter = new ClassEmitter(c);
    for (MethodNode method : List.copyOf(c.methods)) {
      MethodInfo m = info.method(method.name, method.desc);
      if (m != null && coroutines.hasTwin(m) && coroutines.isWoven(m)) {
        emitter.twin(
            m.is(Opcodes.ACC_ABSTRACT)
                ? PlannedTwin.ofAbstract(method, twinsForward)
                : PlannedTwin.forwarding(method, PlannedTwin.Reason.REFUSED));
      }
    }
    return ClassEmitter.write(c);
  }
}
