package dev.coweave.weave.advice;

import dev.coweave.weave.analysis.Rule;
import dev.coweave.weave.analysis.RuntimeAbi;
import dev.coweave.weave.bytecode.FrameTypes;
import dev.coweave.weave.bytecode.VType;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.signature.SignatureReader;
import org.objectweb.asm.signature.SignatureVisitor;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;

/** Generators that yield what their signature excludes, a {@code Generator<Long>} an {@code Integer}: the consumer's cast fails. */
final class ElementTypes {
  private ElementTypes() {}

  static void check(Subject s) {
    if (!s.coroutines.kind(s.info).isGenerator() || s.method.signature == null) {
      return;
    }
    Type element = elementOf(s.method.signature);
    if (element == null) {
      return;
    }
    FrameTypes types = new FrameTypes(s.method, s.owner.name(), ElementTypes::isYield);
    for (Subject.Call call : s.calls) {
      FrameTypes.At at = isYield(call.insn()) ? types.before(call.index()) : null;
      if (at == null || at.stack().isEmpty()) {
        continue;
      }
      VType value = at.stack().get(at.stack().size() - 1);
      if (value.kind() == VType.Kind.REF && s.types.areDisjoint(value.toType(), element)) {
        s.tell(
            Rule.ELEMENT_TYPE,
            call.index(),
            "a generator of "
                + shortName(element)
                + " yields "
                + article(shortName(value.toType())));
      }
    }
  }

  private static boolean isYield(AbstractInsnNode insn) {
    return insn instanceof MethodInsnNode call
        && RuntimeAbi.YIELD.equals(call.owner + "." + call.name);
  }

  private static String shortName(Type type) {
    return type.getSort() == Type.ARRAY
        ? shortName(type.getElementType()) + "[]".repeat(type.getDimensions())
        : Subject.simple(type.getClassName().replace('.', '/'));
  }

  private static String article(String name) {
    return ("AEIO".indexOf(name.charAt(0)) >= 0 ? "an " : "a ") + name;
  }

  /** The one type argument of what a method returns, erased; null if it is a variable or a lower bound. */
  private static @Nullable Type elementOf(String signature) {
    Element element = new Element();
    new SignatureReader(signature).accept(element);
    return element.arguments == 1 ? element.type : null;
  }

  private static final class Element extends SignatureVisitor {
    private int arguments;
    private @Nullable Type type;

    Element() {
      super(Opcodes.ASM9);
    }

    @Override
    public SignatureVisitor visitParameterType() {
      return new Ignored();
    }

    @Override
    public SignatureVisitor visitExceptionType() {
      return new Ignored();
    }

    @Override
    public SignatureVisitor visitClassBound() {
      return new Ignored();
    }

    @Override
    public SignatureVisitor visitInterfaceBound() {
      return new Ignored();
    }

    @Override
    public SignatureVisitor visitReturnType() {
      return new SignatureVisitor(Opcodes.ASM9) {
        @Override
        public void visitTypeArgument() {
          arguments++;
        }

        @Override
        public SignatureVisitor visitTypeArgument(char wildcard) {
          arguments++;
          return wildcard == SignatureVisitor.SUPER ? new Ignored() : new Argument();
        }
      };
    }

    /** The argument's own class and dimensions; its arguments don't matter. */
    private final class Argument extends SignatureVisitor {
      private String dimensions = "";
      private String name = "";

      Argument() {
        super(Opcodes.ASM9);
      }

      @Override
      public SignatureVisitor visitArrayType() {
        dimensions += "[";
        return this;
      }

      @Override
      public void visitBaseType(char descriptor) {
        type = Type.getType(dimensions + descriptor);
      }

      @Override
      public void visitClassType(String className) {
        name = className;
      }

      @Override
      public void visitInnerClassType(String className) {
        name += "$" + className;
      }

      @Override
      public SignatureVisitor visitTypeArgument(char wildcard) {
        return new Ignored();
      }

      @Override
      public void visitEnd() {
        type = Type.getType(dimensions + "L" + name + ";");
      }
    }
  }

  private static final class Ignored extends SignatureVisitor {
    Ignored() {
      super(Opcodes.ASM9);
    }

    @Override
    public SignatureVisitor visitTypeArgument(char wildcard) {
      return this;
    }

    @Override
    public SignatureVisitor visitArrayType() {
      return this;
    }
  }
}
