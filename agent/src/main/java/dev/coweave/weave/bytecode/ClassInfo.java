package dev.coweave.weave.bytecode;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.AnnotationVisitor;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.ClassNode;

/**
 * What a class file says of its class, read without loading it.
 *
 * @param version its class file's major version (JVMS 4.1)
 * @param annotations the values of the int members of its annotations, by descriptor
 * @param methods its methods, by name and descriptor
 */
public record ClassInfo(
    String name,
    int version,
    int access,
    @Nullable String superName,
    List<String> interfaces,
    Map<String, Map<String, Integer>> annotations,
    Map<String, MethodInfo> methods) {
  /** What the names of methods begin with by which nested classes reach private members, from compilers that know no nests. */
  public static final String ACCESSOR = "access$";

  /** The method of a Groovy lambda's class that holds its body. */
  public static final String GROOVY_LAMBDA = "doCall";

  /** What is in the names of Scala's anonymous classes. */
  public static final String SCALA_ANONYMOUS = "$$anon$";

  /** What Groovy marks those methods with that stand in no source. */
  public static final String GROOVY_GENERATED = "Lgroovy/transform/Generated;";

  /** The methods of each Groovy class, which call none of the user's. */
  private static final Set<String> GROOVY_OBJECT =
      Set.of("getMetaClass", "setMetaClass", "invokeMethod", "getProperty", "setProperty");

  /** What the names of Kotlin's methods end with that evaluate default arguments. */
  public static final String KOTLIN_DEFAULT = "$default";

  /**
   * A method.
   *
   * @param annotations the descriptors of its annotations
   * @param calls the methods that its body calls; read only if it bears an annotation or a compiler made it
   */
  public record MethodInfo(
      String owner,
      String name,
      String desc,
      int access,
      Set<String> annotations,
      Set<Call> calls) {
    /** Whether all of the given access flags are set. */
    public boolean is(int flags) {
      return (access & flags) == flags;
    }

    /** Name and descriptor: what overriding goes by. */
    public String key() {
      return name + desc;
    }

    /** Whether groovyc added it to what the user wrote. */
    public boolean isGroovysOwn() {
      return annotations.contains(GROOVY_GENERATED) && !GROOVY_OBJECT.contains(name);
    }

    /** Whether a subclass's method of the same name and descriptor overrides it. */
    public boolean isVirtual() {
      return (access & (Opcodes.ACC_STATIC | Opcodes.ACC_PRIVATE)) == 0 && !name.startsWith("<");
    }
  }

  /** A method that a body calls, as the instruction names it. */
  public record Call(String owner, String name, String desc) {
    /** {@code owner.name}. */
    public String member() {
      return owner + "." + name;
    }
  }

  /** Whether what its methods call matters, though it doesn't mention the annotation. */
  boolean wantsCode() {
    return methods.values().stream().anyMatch(m -> m.calls().isEmpty() && mayForward(m));
  }

  private boolean mayForward(MethodInfo m) {
    return m.name().startsWith(ACCESSOR)
        || m.name().equals(GROOVY_LAMBDA)
        || m.name().endsWith(KOTLIN_DEFAULT)
        || m.isGroovysOwn()
        || (m.is(Opcodes.ACC_BRIDGE) && isOnlyOneNamed(m.name()));
  }

  /** Whether a bridge leads to a superclass's method; one to a coroutine of its own class stands beside the annotation. */
  private boolean isOnlyOneNamed(String name) {
    return methods.values().stream().filter(m -> m.name().equals(name)).count() == 1;
  }

  /** Whether it is an interface. */
  public boolean isInterface() {
    return (access & Opcodes.ACC_INTERFACE) != 0;
  }

  /** Whether it is final. */
  public boolean isFinal() {
    return (access & Opcodes.ACC_FINAL) != 0;
  }

  /** A method declared in this class, or null. */
  public @Nullable MethodInfo method(String name, String desc) {
    return methods.get(name + desc);
  }

  /**
   * Reads a class file.
   *
   * @param withCode whether to look into the methods' bodies: else their {@code calls} are empty
   */
  public static ClassInfo read(ClassReader reader, boolean withCode) {
    Reader visitor = new Reader();
    reader.accept(
        visitor,
        ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES | (withCode ? 0 : ClassReader.SKIP_CODE));
    return visitor.info();
  }

  /** Whether a compiler may have added a method; Kotlin's, Scala's and Groovy's aren't all synthetic, but no user's name has a dollar. */
  private static boolean isCompilerGenerated(int access, String name) {
    return (access & (Opcodes.ACC_SYNTHETIC | Opcodes.ACC_VARARGS)) != 0
        || name.indexOf('$') >= 0
        || name.equals(GROOVY_LAMBDA);
  }

  /** Reads a parsed class. */
  public static ClassInfo read(ClassNode c) {
    Reader visitor = new Reader();
    c.accept(visitor);
    return visitor.info();
  }

  private static final class Reader extends ClassVisitor {
    final Map<String, Map<String, Integer>> annotations = new HashMap<>();
    final Map<String, MethodInfo> methods = new HashMap<>();
    private int version;
    private int access;
    private String owner = "";
    private @Nullable String superName;
    private List<String> interfaces = List.of();

    Reader() {
      super(Opcodes.ASM9);
    }

    ClassInfo info() {
      return new ClassInfo(owner, version, access, superName, interfaces, annotations, methods);
    }

    @Override
    public void visit(
        int version,
        int access,
        String name,
        String signature,
        String superName,
        String[] interfaces) {
      this.version = version & 0xffff;
      this.access = access;
      this.owner = name;
      this.superName = superName;
      this.interfaces = interfaces == null ? List.of() : List.of(interfaces);
    }

    @Override
    public AnnotationVisitor visitAnnotation(String descriptor, boolean visible) {
      Map<String, Integer> values = new HashMap<>();
      annotations.put(descriptor, values);
      return new AnnotationVisitor(Opcodes.ASM9) {
        @Override
        public void visit(String name, Object value) {
          if (value instanceof Integer i) {
            values.put(name, i);
          }
        }
      };
    }

    @Override
    public MethodVisitor visitMethod(
        int access, String name, String desc, String signature, String[] exceptions) {
      Set<Call> calls = new HashSet<>();
      List<String> marks = new ArrayList<>();
      return new MethodVisitor(Opcodes.ASM9) {
        @Override
        public AnnotationVisitor visitAnnotation(String descriptor, boolean visible) {
          marks.add(descriptor);
          return super.visitAnnotation(descriptor, visible);
        }

        @Override
        public void visitMethodInsn(
            int opcode, String callee, String method, String descriptor, boolean itf) {
          if (!marks.isEmpty()
              || isCompilerGenerated(access, name)
              || owner.contains(SCALA_ANONYMOUS)) {
            calls.add(new Call(callee, method, descriptor));
          }
        }

        @Override
        public void visitInvokeDynamicInsn(String n, String d, Handle bsm, Object... args) {}

        @Override
        public void visitEnd() {
          methods.put(
              name + desc, new MethodInfo(owner, name, desc, access, Set.copyOf(marks), calls));
        }
      };
    }
  }
}
