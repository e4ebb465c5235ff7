package dev.coweave.weave.analysis;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.objectweb.asm.Handle;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * What a reader calls the methods of a class. The body of a lambda is a method whose name the compiler made up
 * ({@code lambda$fetch$0}, or ecj's {@code lambda$0}); who wrote it knows the line, and the method that it stands in.
 */
public final class LambdaNames {
  private final ClassNode c;

  /** Where lambdas are made, by the names of their bodies. */
  private final Map<String, Place> places = new HashMap<>();

  private record Place(MethodNode method, int line) {}

  /** The names in a class as it was compiled: once lambdas are woven, nothing tells where they were made. */
  public LambdaNames(ClassNode c) {
    this.c = c;
    for (MethodNode method : c.methods) {
      if (!method.name.equals("$deserializeLambda$")) {
        find(method);
      }
    }
  }

  private void find(MethodNode method) {
    for (AbstractInsnNode insn : method.instructions) {
      if (insn instanceof InvokeDynamicInsnNode indy
          && indy.bsmArgs.length > 1
          && indy.bsmArgs[1] instanceof Handle body
          && body.getOwner().equals(c.name)
          && (body.getName().contains("lambda$") || body.getName().contains("$anonfun$"))) {
        places.putIfAbsent(body.getName(), new Place(method, Lines.of(insn)));
      }
    }
  }

  /** A method as {@code com.acme.Service.fetch(URI)}, a body as {@code com.acme.Service.fetch(URI), in the lambda at line 12}. */
  public String of(MethodNode method) {
    Place place = places.get(method.name);
    Set<Place> outwards = new HashSet<>();
    MethodNode outermost = method;
    for (Place p = place; p != null && outwards.add(p); p = places.get(outermost.name)) {
      outermost = p.method();
    }
    String name = Lines.name(c.name, outermost.name, outermost.desc);
    return place == null ? name : name + ", in the lambda at line " + place.line();
  }
}
