package dev.coweave.weave.emit;

import dev.coweave.weave.analysis.LambdaSite;
import dev.coweave.weave.analysis.Lambdas;
import dev.coweave.weave.analysis.RuntimeMember;
import dev.coweave.weave.machine.PlannedLambda;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * The classes of a class's lambdas. The instructions that make the lambdas are put in place first, for the methods are read with them; the
 * classes are written when all of it is planned.
 */
public final class LambdaClasses {
  /** Constants are at most 65,535 bytes (JVMS 4.4.7); a byte takes two at most. */
  private static final int PIECE = 32_000;

  private final ClassNode c;

  /** The lambdas by what makes them alike. */
  private final Map<String, PlannedLambda> planned = new LinkedHashMap<>();

  /** Where the bytes of a lambda's class are to go, by its name; none where it becomes a class beside this one. */
  private final Map<String, List<InvokeDynamicInsnNode>> embedded = new HashMap<>();

  private LambdaClasses(ClassNode c) {
    this.c = c;
  }

  /**
   * Replaces the instructions that make lambdas.
   *
   * @param names returns a free name for the class of a lambda
   * @param asClasses whether lambdas become classes beside this one; else their bytes go into this one
   */
  public static LambdaClasses of(
      ClassNode c,
      Lambdas lambdas,
      LambdaBodies bodies,
      Supplier<String> names,
      boolean asClasses) {
    LambdaClasses result = new LambdaClasses(c);
    Map<InvokeDynamicInsnNode, LambdaSite> sites = new HashMap<>();
    lambdas.sites().forEach(s -> sites.put(s.indy(), s));
    for (MethodNode method : c.methods) {
      for (AbstractInsnNode insn : method.instructions.toArray()) {
        LambdaSite site = insn instanceof InvokeDynamicInsnNode indy ? sites.get(indy) : null;
        if (site != null) {
          PlannedLambda lambda =
              result.planned.computeIfAbsent(
                  site.key(), k -> new PlannedLambda(site, bodies.target(site), names.get()));
          method.instructions.set(
              insn,
              asClasses
                  ? direct(site, lambda.className())
                  : result.embedded(site, lambda.className()));
        }
      }
    }
    return result;
  }

  /** What was decided of them. */
  public List<PlannedLambda> planned() {
    return List.copyOf(planned.values());
  }

  /**
   * Writes the classes.
   *
   * @param weave weaves the plain class of a lambda
   * @return the classes that are to stand beside this one
   */
  public List<ClassNode> emit(UnaryOperator<ClassNode> weave) {
    List<ClassNode> beside = new ArrayList<>();
    for (PlannedLambda lambda : planned.values()) {
      ClassNode woven = weave.apply(LambdaClassEmitter.emit(lambda, c));
      List<InvokeDynamicInsnNode> places = embedded.get(lambda.className());
      if (places == null) {
        beside.add(woven);
      } else {
        Object[] bytes = constants(woven);
        places.forEach(place -> place.bsmArgs = bytes.clone());
      }
    }
    return beside;
  }

  private static AbstractInsnNode direct(LambdaSite site, String lambda) {
    return new MethodInsnNode(
        Opcodes.INVOKESTATIC, lambda, LambdaClassEmitter.CREATE, site.indy().desc, false);
  }

  private AbstractInsnNode embedded(LambdaSite site, String lambda) {
    RuntimeMember link = RuntimeMember.LAMBDA_LINK;
    Handle bootstrap =
        new Handle(Opcodes.H_INVOKESTATIC, link.owner(), link.member(), link.desc(), false);
    InvokeDynamicInsnNode place =
        new InvokeDynamicInsnNode(
            LambdaClassEmitter.CREATE, site.indy().desc, bootstrap, lambda.replace('/', '.'));
    embedded.computeIfAbsent(lambda, n -> new ArrayList<>()).add(place);
    return place;
  }

  private static Object[] constants(ClassNode lambda) {
    List<Object> arguments = new ArrayList<>(List.of(lambda.name.replace('/', '.')));
    String bytes = new String(ClassEmitter.write(lambda), StandardCharsets.ISO_8859_1);
    for (int at = 0; at < bytes.length(); at += PIECE) {
      arguments.add(bytes.substring(at, Math.min(bytes.length(), at + PIECE)));
    }
    return arguments.toArray();
  }
}
