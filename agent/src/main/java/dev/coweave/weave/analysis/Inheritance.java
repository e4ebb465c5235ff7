package dev.coweave.weave.analysis;

import dev.coweave.weave.bytecode.ClassInfo;
import dev.coweave.weave.bytecode.ClassInfo.MethodInfo;
import dev.coweave.weave.bytecode.ClassInfos;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;

/**
 * What a class inherits of coroutines. A caller enters a twin on any object whose exact class the weaver wrote, so each such
 * class must answer all twins that it inherits: where the method that it inherits or declares is a plain one, by a twin that
 * forwards to it.
 *
 * @param stamped whether objects of the class may be entered by twins
 * @param forwarders the methods that need a twin which calls the plain method
 */
public record Inheritance(boolean stamped, List<MethodInfo> forwarders) {
  private static final Inheritance NONE = new Inheritance(false, List.of());

  /** Reads what a class inherits. */
  public static Inheritance of(ClassInfo c, Coroutines coroutines) {
    if (c.isInterface() || !coroutines.infos().isComplete(c.name())) {
      return NONE;
    }
    Map<String, MethodInfo> inherited = new LinkedHashMap<>();
    Stream.concat(coroutines.infos().superclassesOf(c.name()).stream(), coroutines.infos().interfacesOf(c.name()).stream())
        .flatMap(s -> s.methods().values().stream())
        .filter(m -> m.isVirtual() && coroutines.hasTwin(m) && coroutines.isWoven(m))
        .forEach(m -> inherited.putIfAbsent(m.key(), m));
    boolean own = c.methods().values().stream().anyMatch(m -> m.isVirtual() && coroutines.hasTwin(m));
    List<MethodInfo> forwarders = new ArrayList<>();
    inherited.values().stream().filter(m -> needsForwarder(c, m, coroutines)).forEach(forwarders::add);
    return new Inheritance(own || !inherited.isEmpty(), List.copyOf(forwarders));
  }

  private static boolean needsForwarder(ClassInfo c, MethodInfo coroutine, Coroutines coroutines) {
    MethodInfo plain = implementation(c, coroutine, coroutines.infos());
    if (plain == null) {
      // Known to no class file: if there is an implementation at all, it is a JDK class's.
      return (c.access() & Opcodes.ACC_ABSTRACT) == 0;
    }
    return !plain.is(Opcodes.ACC_ABSTRACT) && !(coroutines.hasTwin(plain) && coroutines.isWoven(plain));
  }

  /** The method that runs when the coroutine's plain method is called on an object of the class. */
  private static @Nullable MethodInfo implementation(ClassInfo c, MethodInfo coroutine, ClassInfos infos) {
    MethodInfo m = infos.resolve(c.name(), coroutine.name(), coroutine.desc());
    boolean jdkSuperclass = infos.superclassesOf(c.name()).stream().anyMatch(s -> extendsJdk(s)) || extendsJdk(c);
    return m != null && m.is(Opcodes.ACC_ABSTRACT) && jdkSuperclass && !declares(c, coroutine, infos) ? null : m;
  }

  private static boolean declares(ClassInfo c, MethodInfo coroutine, ClassInfos infos) {
    return c.method(coroutine.name(), coroutine.desc()) != null
        || infos.superclassesOf(c.name()).stream().anyMatch(s -> s.method(coroutine.name(), coroutine.desc()) != null);
  }

  private static boolean extendsJdk(ClassInfo c) {
    return c.superName() != null && !c.superName().equals("java/lang/Object") && ClassInfos.isJdk(c.superName());
  }
}
