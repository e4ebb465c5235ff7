package dev.coweave.weave;

import dev.coweave.weave.analysis.CoroutineMarks;
import dev.coweave.weave.analysis.RuntimeAbi;
import dev.coweave.weave.analysis.RuntimeMember;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Attribute;
import org.objectweb.asm.ByteVector;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.AnnotationNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TypeInsnNode;

/**
 * What AspectJ has made of a class, and what it is to leave alone in what we make.
 *
 * <p>Where it came first, around advice has moved a coroutine's body: {@code f} makes a closure and calls the advice, which calls {@code
 * f_aroundBody0} by it. That is the coroutine now. The advice is plain code, and so is {@code f} then: from plain code the body may wait
 * under it, from a coroutine it may not, as with a proxy. Other advice stands within the body and is woven with it.
 */
final class AspectJ {
  private static final String BODY = "_aroundBody";
  private static final String CLOSURE = "$AjcClosure";

  /** The advised coroutines, with the annotations that were taken from them. */
  private final Map<MethodNode, AnnotationNode> advised = new LinkedHashMap<>();

  private final String owner;

  private AspectJ(String owner) {
    this.owner = owner;
  }

  /** Gives the annotations of advised coroutines to the methods that have their bodies. */
  static AspectJ prepare(ClassNode c) {
    AspectJ result = new AspectJ(c.name);
    List<MethodNode> bodies =
        c.methods.stream().filter(m -> m.name.contains(BODY) && !callsAdvice(m)).toList();
    if (!bodies.isEmpty()) {
      c.methods.forEach(m -> result.move(m, bodies));
    }
    return result;
  }

  private void move(MethodNode m, List<MethodNode> bodies) {
    AnnotationNode annotation = coroutine(m);
    if (annotation == null || !callsAdvice(m)) {
      return;
    }
    for (MethodNode body : bodies) {
      if (body.visibleAnnotations == null && isBodyOf(m, body)) {
        body.visibleAnnotations = new ArrayList<>(List.of(annotation));
        advised.put(m, annotation);
      }
    }
    if (advised.containsKey(m)) {
      m.visibleAnnotations.remove(annotation);
    }
  }

  /** Its parameters are the receiver, the method's own, and the join point. */
  private boolean isBodyOf(MethodNode m, MethodNode body) {
    String receiver = (m.access & Opcodes.ACC_STATIC) == 0 ? "(L" + owner + ";" : "(";
    String parameters = m.desc.substring(1, m.desc.indexOf(')'));
    return body.name.startsWith(m.name + BODY)
        && body.desc.startsWith(receiver + parameters)
        && Type.getReturnType(body.desc).equals(Type.getReturnType(m.desc));
  }

  /** The methods that are plain, whatever their annotation says, and need twins which call them; async ones have none. */
  List<MethodNode> needTwins() {
    return advised.keySet().stream()
        .filter(
            m ->
                Type.getReturnType(m.desc).getSort() != Type.OBJECT
                    || !RuntimeAbi.ASYNC_TYPES.contains(
                        Type.getReturnType(m.desc).getInternalName()))
        .toList();
  }

  /** Gives them back what reflection is to find. */
  void restoreAnnotations() {
    advised.forEach((m, annotation) -> m.visibleAnnotations.add(annotation));
  }

  private static boolean callsAdvice(MethodNode m) {
    for (AbstractInsnNode insn : m.instructions) {
      if ((insn instanceof TypeInsnNode t
              && t.getOpcode() == Opcodes.NEW
              && t.desc.contains(CLOSURE))
          || (insn instanceof MethodInsnNode call && call.name.contains(BODY))) {
        return true;
      }
    }
    return false;
  }

  private static @Nullable AnnotationNode coroutine(MethodNode m) {
    return Stream.ofNullable(m.visibleAnnotations)
        .flatMap(List::stream)
        .filter(a -> CoroutineMarks.ALL.contains(a.desc))
        .findFirst()
        .orElse(null);
  }

  /**
   * Marks the methods that the weaver has added, as AspectJ marks its own: an aspect that comes later would match each copy of a body beside the
   * method, and run its advice for each part between two waits.
   */
  static void hide(ClassNode c, boolean all) {
    for (MethodNode m : c.methods) {
      boolean added =
          (m.access & Opcodes.ACC_SYNTHETIC) != 0
              && (m.desc.contains(RuntimeAbi.CONTINUATION_DESC)
                  || m.name.equals(RuntimeMember.WOVEN_CLASS.member()));
      if (all || added) {
        m.attrs = m.attrs == null ? new ArrayList<>() : m.attrs;
        m.attrs.add(new AjSynthetic());
      }
    }
  }

  /** {@code org.aspectj.weaver.AjAttribute.AjSynthetic}: no content; JVMs ignore it (JVMS 4.7.1). */
  private static final class AjSynthetic extends Attribute {
    AjSynthetic() {
      super("org.aspectj.weaver.AjSynthetic");
    }

    @Override
    protected ByteVector write(
        ClassWriter writer, byte @Nullable [] code, int codeLength, int maxStack, int maxLocals) {
      return new ByteVector();
    }
  }
}
