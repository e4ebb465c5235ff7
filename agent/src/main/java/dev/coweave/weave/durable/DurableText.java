package dev.coweave.weave.durable;

import dev.coweave.weave.analysis.DurableAbi;
import dev.coweave.weave.machine.StateMachine;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the runtime knows of a durable method, as text that the frame's class holds. Fields are separated by tabs:
 *
 * <pre>
 *   durable  1
 *   method   com.acme.Orders  order  (Lcom/acme/Order;)Lcom/acme/Receipt;  the name given by the annotation  fingerprint  static or not
 *   point    2  step  charge  step:charge  repeated or not  line  type of the result  the method that is called
 *   around   loops  handlers  handlers that it lies in  what comes next     each list separated by blanks; see {@link Surroundings}
 *   local    payment  field  Ljava/lang/String;  generic type, or empty
 *   operand  operand~int  field  I
 *   types    com.acme.Order,com.acme.Card     the classes, other than the JDK's, that the method's class names
 * </pre>
 */
final class DurableText {
  private static final int VERSION = 2;

  private DurableText() {}

  /** @param code the fingerprint */
  static String of(
      StateMachine machine, String code, List<DurablePoint> points, Set<String> types) {
    var source = machine.method().source();
    boolean isStatic = (source.access & org.objectweb.asm.Opcodes.ACC_STATIC) != 0;
    String head =
        line("durable", VERSION)
            + line(
                "method",
                machine.method().owner().replace('/', '.'),
                source.name,
                source.desc,
                DurableAbi.nameOf(source),
                code,
                isStatic ? "static" : "");
    return head
        + points.stream().map(DurableText::point).collect(Collectors.joining())
        + line("types", String.join(",", types));
  }

  private static String point(DurablePoint p) {
    String slots =
        p.slots().stream()
            .map(
                s ->
                    line(
                        s.isOperand() ? "operand" : "local",
                        s.name(),
                        s.field(),
                        s.desc(),
                        empty(s.signature())))
            .collect(Collectors.joining());
    return line(
            "point",
            p.state().id(),
            p.kind(),
            empty(p.name()),
            p.key(),
            p.isOneOfSeveral() ? "repeated" : "",
            p.state().line(),
            p.result(),
            p.callee())
        + line(
            "around",
            list(p.around().loops()),
            list(p.around().handlers()),
            list(p.around().within()),
            list(p.around().next()))
        + slots;
  }

  private static String list(List<String> words) {
    return words.stream().map(w -> w.replace(' ', '_')).collect(Collectors.joining(" "));
  }

  private static String empty(@Nullable String s) {
    return s == null ? "" : s;
  }

  private static String line(Object... fields) {
    return java.util.Arrays.stream(fields)
            .map(f -> f.toString().replace("\t", " ").replace("\n", " "))
            .collect(Collectors.joining("\t"))
        + "\n";
  }
}
