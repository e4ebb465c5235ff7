import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.AnnotationNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * Finishes what can't be said in Java. Run by the build, after the compiler; run twice it changes nothing more.
 *
 * <ul>
 *   <li>Makes an annotation of the interface Durable, which has static methods: the language has no such annotations, class files do
 *       (docs/adr/0021). Compilers take each method of an annotation for an element, and ask for its value where it has no default: so each
 *       gets one.
 *   <li>Hides the twins, which are for woven code, from users' compilers.
 * </ul>
 */
public final class Finish {
  private static final String CONTINUATION = "Ldev/coweave/coroutine/Continuation;)";

  private Finish() {}

  public static void main(String[] args) throws IOException {
    Path classes = Path.of(args[0], "dev", "coweave", "durable");
    for (String name : List.of("Durable", "RunBody", "RunEach", "RunAction")) {
      Path file = classes.resolve(name + ".class");
      ClassNode c = new ClassNode();
      new ClassReader(Files.readAllBytes(file)).accept(c, 0);
      if (name.equals("Durable")) {
        annotate(c);
      }
      for (MethodNode m : c.methods) {
        m.access |= m.desc.contains(CONTINUATION) ? Opcodes.ACC_SYNTHETIC : 0;
      }
      ClassWriter writer = new ClassWriter(0);
      c.accept(writer);
      Files.write(file, writer.toByteArray());
    }
  }

  private static void annotate(ClassNode c) {
    c.access |= Opcodes.ACC_ANNOTATION;
    c.visibleAnnotations =
        new ArrayList<>(
            List.of(
                annotation("Retention", constant("RetentionPolicy", "RUNTIME")),
                annotation("Target", List.of((Object) constant("ElementType", "METHOD")))));
    c.methods.forEach(m -> m.annotationDefault = "");
  }

  private static String[] constant(String type, String name) {
    return new String[] {"Ljava/lang/annotation/" + type + ";", name};
  }

  private static AnnotationNode annotation(String name, Object value) {
    AnnotationNode a = new AnnotationNode("Ljava/lang/annotation/" + name + ";");
    a.values = new ArrayList<>(List.of("value", value));
    return a;
  }
}
