package dev.coweave.weave.advice;

import dev.coweave.weave.analysis.Rule;
import dev.coweave.weave.bytecode.ClassInfo;
import dev.coweave.weave.bytecode.ClassInfo.MethodInfo;
import java.util.Optional;
import java.util.stream.Stream;
import org.objectweb.asm.Opcodes;

/** Plain methods that implement or override a coroutine and call coroutines: callers can't suspend them, so that where one has to wait it throws. */
final class PlainOverrides {
  private PlainOverrides() {}

  /** Returns whether it had something to tell. */
  static boolean check(Subject s) {
    if (!s.info.isVirtual() || s.info.is(Opcodes.ACC_SYNTHETIC)) {
      return false;
    }
    Optional<Subject.Call> call = s.suspensions().findFirst();
    Optional<MethodInfo> coroutine = call.isEmpty() ? Optional.empty() : overridden(s);
    if (call.isEmpty() || coroutine.isEmpty()) {
      return false;
    }
    s.tell(
        Rule.PLAIN_OVERRIDE,
        call.get().index(),
        call.get().text()
            + " in a method that is not a @Coroutine, but overrides "
            + Subject.simple(coroutine.get().owner())
            + "."
            + coroutine.get().name()
            + ", which is one");
    return true;
  }

  /** The coroutine that a method, or a bridge to it, overrides. */
  private static Optional<MethodInfo> overridden(Subject s) {
    return Stream.concat(
            s.coroutines.infos().superclassesOf(s.owner.name()).stream(),
            s.coroutines.infos().interfacesOf(s.owner.name()).stream())
        .flatMap(c -> c.methods().values().stream())
        .filter(m -> m.name().equals(s.info.name()) && m.isVirtual())
        .filter(m -> m.desc().equals(s.info.desc()) || isBridged(s, m))
        .filter(m -> s.coroutines.hasTwin(m) && !s.coroutines.isByPattern(m))
        .findFirst();
  }

  private static boolean isBridged(Subject s, MethodInfo overridden) {
    MethodInfo bridge = s.owner.method(overridden.name(), overridden.desc());
    return bridge != null
        && bridge.is(Opcodes.ACC_BRIDGE)
        && bridge
            .calls()
            .contains(new ClassInfo.Call(s.owner.name(), s.info.name(), s.info.desc()));
  }
}
