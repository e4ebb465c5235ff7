package dev.coweave.weave.emit;

import dev.coweave.weave.analysis.Kind;
import dev.coweave.weave.analysis.LambdaSite;
import dev.coweave.weave.analysis.Lambdas;
import dev.coweave.weave.bytecode.ClassInfo;
import dev.coweave.weave.bytecode.ClassInfo.MethodInfo;
import dev.coweave.weave.bytecode.ClassInfos;
import dev.coweave.weave.bytecode.VType;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * Makes what a lambda calls accessible to the lambda's class, which is in the owner's package but not in its nest: a body that the
 * compiler made becomes static and loses {@code private}; a private method that is referred to gets a static body of its own.
 * A body's receiver was local 0 and is its first parameter now, so its code stays as it is.
 */
public final class LambdaBodies {
  private final ClassNode c;
  private final ClassInfos infos;
  private final Map<String, Handle> targets = new HashMap<>();
  private final Map<String, Kind> kinds = new LinkedHashMap<>();
  private int accessors;

  private LambdaBodies(ClassNode c, ClassInfos infos) {
    this.c = c;
    this.infos = infos;
  }

  /**
   * Changes a class so that the classes of its lambdas can call what they must.
   *
   * @return the bodies
   */
  public static LambdaBodies prepare(ClassNode c, Lambdas lambdas, ClassInfos infos) {
    LambdaBodies result = new LambdaBodies(c, infos);
    lambdas.bodies().forEach((m, kind) -> result.kinds.put(m.key(), kind));
    lambdas.sites().forEach(result::prepare);
    return result;
  }

  /** The coroutine bodies of a class, as it is now, with their kinds. */
  public Map<MethodInfo, Kind> in(ClassInfo info) {
    Map<MethodInfo, Kind> result = new HashMap<>();
    kinds.forEach((key, kind) -> result.put(info.methods().get(key), kind));
    return result;
  }

  /** What the class of a lambda is to call. */
  Handle target(LambdaSite site) {
    return targets.getOrDefault(key(site), site.implementation());
  }

  private void prepare(LambdaSite site) {
    Handle handle = site.implementation();
    String key = key(site);
    if (targets.containsKey(key)) {
      return;
    }
    if (site.ownBody()) {
      targets.put(key, makeStatic(handle, site.suspends()));
    } else if (!isAccessible(handle)) {
      targets.put(key, accessor(handle, site.suspends()));
    }
  }

  private Handle makeStatic(Handle handle, boolean suspends) {
    MethodNode body =
        c.methods.stream()
            .filter(m -> m.name.equals(handle.getName()) && m.desc.equals(handle.getDesc()))
            .findFirst()
            .orElseThrow();
    Kind kind = kinds.remove(body.name + body.desc);
    if ((body.access & Opcodes.ACC_STATIC) == 0) {
      body.desc = "(L" + c.name + ";" + body.desc.substring(1);
    }
    body.access = access(body.access);
    if (kind != null || suspends) {
      kinds.put(body.name + body.desc, kind == null ? Kind.SUSPENDING : kind);
    }
    return new Handle(Opcodes.H_INVOKESTATIC, c.name, body.name, body.desc, isInterface());
  }

  private int access(int access) {
    return (access & ~Opcodes.ACC_PRIVATE)
        | Opcodes.ACC_STATIC
        | Opcodes.ACC_SYNTHETIC
        | (isInterface() ? Opcodes.ACC_PUBLIC : 0);
  }

  private boolean isInterface() {
    return (c.access & Opcodes.ACC_INTERFACE) != 0;
  }

  private boolean isAccessible(Handle handle) {
    MethodInfo m = infos.resolve(handle.getOwner(), handle.getName(), handle.getDesc());
    return m != null
        && !m.is(Opcodes.ACC_PRIVATE)
        && (m.is(Opcodes.ACC_PUBLIC) || packageOf(m.owner()).equals(packageOf(c.name)));
  }

  private static String packageOf(String name) {
    return name.substring(0, name.lastIndexOf('/') + 1);
  }

  /** A static body that calls what a method reference refers to. */
  private Handle accessor(Handle handle, boolean suspends) {
    boolean isStatic = handle.getTag() == Opcodes.H_INVOKESTATIC;
    String desc =
        isStatic
            ? handle.getDesc()
            : "(L" + handle.getOwner() + ";" + handle.getDesc().substring(1);
    String name = "lambda$coweave$" + accessors++;
    MethodNode method = FrameClassEmitter.method(c, access(0), name, desc);
    Code code = new Code(method.instructions);
    int slot = 0;
    for (Type type : Type.getArgumentTypes(desc)) {
      code.load(VType.of(type), slot);
      slot += type.getSize();
    }
    code.invoke(
        opcode(handle),
        handle.getOwner(),
        handle.getName(),
        handle.getDesc(),
        handle.isInterface());
    code.returns(Type.getReturnType(desc));
    method.maxLocals = slot;
    method.maxStack = slot + 1;
    if (suspends) {
      kinds.put(name + desc, Kind.SUSPENDING);
    }
    return new Handle(Opcodes.H_INVOKESTATIC, c.name, name, desc, isInterface());
  }

  private static int opcode(Handle handle) {
    return switch (handle.getTag()) {
      case Opcodes.H_INVOKESTATIC -> Opcodes.INVOKESTATIC;
      case Opcodes.H_INVOKEINTERFACE -> Opcodes.INVOKEINTERFACE;
      case Opcodes.H_INVOKESPECIAL -> Opcodes.INVOKESPECIAL;
      default -> Opcodes.INVOKEVIRTUAL;
    };
  }

  private static String key(LambdaSite site) {
    Handle handle = site.implementation();
    return handle.getTag()
        + handle.getOwner()
        + "."
        + handle.getName()
        + handle.getDesc()
        + site.suspends();
  }
}
