package dev.coweave.weave.analysis;

import dev.coweave.weave.bytecode.ClassInfo;
import dev.coweave.weave.bytecode.ClassInfo.MethodInfo;
import dev.coweave.weave.bytecode.ClassInfos;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * What a class inherits of coroutines. A caller enters a twin on any object whose exact class the weaver wrote, so each such
 * class must answer all twins that it inherits: where the method that it inherits or declares is a plain one, by a twin that
 * forwards to it. Where a superclass or an interface is missing while the class is woven, any of its plain methods may be that.
 *
 * @param stamped whether objects of the class may be entered by twins
 * @param forwarders the methods that need a twin which calls the plain method
 */
public record Inheritance(boolean stamped, List<MethodInfo> forwarders) {
  private static final Inheritance NONE = new Inheritance(false, List.of());

  /** Reads what a class inherits. */
  public static Inheritance of(ClassInfo c, Coroutines coroutines) {
    if (c.isInterface()) {
      return NONE;
    }
    Map<String, MethodInfo> inherited = new LinkedHashMap<>();
    Stream.concat(
            coroutines.infos().superclassesOf(c.name()).stream(),
            coroutines.infos().interfacesOf(c.name()).stream())
        .flatMap(s -> s.methods().values().stream())
        .filter(m -> m.isVirtual() && coroutines.hasTwin(m) && coroutines.isWoven(m))
        .forEach(m -> inherited.putIfAbsent(m.key(), m));
    boolean own =
        c.methods().values().stream().anyMatch(m -> m.isVirtual() && coroutines.hasTwin(m));
    if (!own && inherited.isEmpty()) {
      return NONE;
    }
    List<MethodInfo> forwarders = new ArrayList<>();
    inherited.values().stream()
        .filter(m -> needsForwarder(c, m, coroutines))
        .forEach(forwarders::add);
    if (!coroutines.infos().isComplete(c.name())) {
      c.methods().values().stream()
          .filter(m -> !inherited.containsKey(m.key()) && mayOverrideUnknown(m, coroutines))
          .sorted(Comparator.comparing(MethodInfo::key))
          .forEach(forwarders::add);
    }
    return new Inheritance(true, List.copyOf(forwarders));
  }

  /** Whether a plain method may override a coroutine of a superclass or an interface that no class file tells of. */
  private static boolean mayOverrideUnknown(MethodInfo m, Coroutines coroutines) {
    boolean hasRoom = Type.getArgumentsAndReturnSizes(m.desc()) / 4 < 255;
    return m.isVirtual() && !m.is(Opcodes.ACC_ABSTRACT) && !coroutines.isCoroutine(m) && hasRoom;
  }

  private static boolean needsForwarder(ClassInfo c, MethodInfo coroutine, Coroutines coroutines) {
    MethodInfo plain = implementation(c, coroutine, coroutines.infos());
    if (plain == null) {
      // Known to no class file: if there is an implementation at all, it is a JDK class's or a
      // missing one's.
      return (c.access() & Opcodes.ACC_ABSTRACT) == 0;
    }
    return !plain.is(Opcodes.ACC_ABSTRACT)
        && !(coroutines.hasTwin(plain) && coroutines.isWoven(plain));
  }

  /** The method that runs when the coroutine's plain method is called on an object of the class. */
  private static @Nullable MethodInfo implementation(
      ClassInfo c, MethodInfo coroutine, ClassInfos infos) {
    MethodInfo m = infos.resolve(c.name(), coroutine.name(), coroutine.desc());
    boolean unknownSuperclass =
        infos.superclassesOf(c.name()).stream().anyMatch(s -> extendsUnknown(s, infos))
            || extendsUnknown(c, infos);
    return m != null
            && m.is(Opcodes.ACC_ABSTRACT)
            && unknownSuperclass
            && !declares(c, coroutine, infos)
        ? null
        : m;
  }

  private static boolean declares(ClassInfo c, MethodInfo coroutine, ClassInfos infos) {
    return c.method(coroutine.name(), coroutine.desc()) != null
        || infos.superclassesOf(c.name()).stream()
            .anyMatch(s -> s.method(coroutine.name(), coroutine.desc()) != null);
  }

  /** Whether its superclass is the JDK's, or missing. */
  private static boolean extendsUnknown(ClassInfo c, ClassInfos infos) {
    return c.superName() != null
        && !c.superName().equals("java/lang/Object")
        && infos.find(c.superName()) == null;
  }
}
