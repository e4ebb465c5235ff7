package dev.coweave.weave;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.coweave.weave.analysis.CoroutineMethod;
import dev.coweave.weave.analysis.Coroutines;
import dev.coweave.weave.analysis.MethodAnalyzer;
import dev.coweave.weave.analysis.RuntimeAbi;
import dev.coweave.weave.bytecode.ClassInfo;
import dev.coweave.weave.bytecode.ClassInfo.MethodInfo;
import dev.coweave.weave.bytecode.ClassInfos;
import dev.coweave.weave.bytecode.Verification;
import dev.coweave.weave.emit.ClassEmitter;
import dev.coweave.weave.machine.ClassPlan;
import dev.coweave.weave.machine.FrameField;
import dev.coweave.weave.machine.PlannedStamp;
import dev.coweave.weave.machine.Slot;
import dev.coweave.weave.machine.State;
import dev.coweave.weave.machine.StateMachine;
import dev.coweave.weave.machine.StateMachineBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.MethodNode;

/** Another decision in the machine makes other bytecode, which is valid and does what was decided: emission decides nothing itself. */
class DecisionsTest {
  private static final String KEEPS =
      """
      public class A {
        @Coroutine static String keeps(int n, String s, long w) {
          double d = n / 2.0;
          Task.sleep(java.time.Duration.ofNanos(1));
          return n + s + w + d;
        }
        public static String run() { return keeps(7, "s", 5L); }
      }
      """;

  private static final String NUMBERS =
      """
      public class A {
        @Coroutine static Generator<Long> numbers(long n) {
          for (long i = 0; i < n; i++) { Generator.yield(i); }
          return Generator.end();
        }
        public static String run() {
          long sum = 0;
          for (long i : numbers(5)) { sum = 10 * sum + i; }
          return "" + sum;
        }
      }
      """;

  /** The bytecode as text by class, and what the program returns. */
  private record Woven(Map<String, String> text, String result) {
    String all() {
      return String.join("\n", text.values());
    }
  }

  @Test
  void whatIsDecided_isWhatTheWeaverWrites() throws Exception {
    assertEquals("7s53.5", weave(KEEPS, m -> m).result);
    assertEquals("1234", weave(NUMBERS, m -> m).result);
  }

  @Test
  void aDroppedSlot_isNeitherSavedNorRestored() throws Exception {
    Woven before = weave(KEEPS, m -> m);
    for (String dropped : List.of("I", "J", "D", "Ljava/lang/String;")) {
      Woven after = weave(KEEPS, m -> without(m, dropped));
      String field = before.text.get("app/A$$keeps");
      assertEquals(
          field.lines().filter(l -> l.startsWith("  ") && !l.contains("(")).count() - 1,
          after
              .text
              .get("app/A$$keeps")
              .lines()
              .filter(l -> l.startsWith("  ") && !l.contains("("))
              .count(),
          "one field less");
      assertNotEquals(before.text.get("app/A"), after.text.get("app/A"));
      String zero =
          dropped.equals("D") ? "0.0" : dropped.equals("Ljava/lang/String;") ? "null" : "0";
      String expected =
          (dropped.equals("I") ? zero : "7")
              + (dropped.equals("Ljava/lang/String;") ? zero : "s")
              + (dropped.equals("J") ? zero : "5")
              + (dropped.equals("D") ? zero : "3.5");
      assertEquals(expected, after.result);
    }
  }

  @Test
  void slotsInOtherFields_areFoundThere() throws Exception {
    Woven after =
        weave(
            KEEPS,
            m ->
                changed(
                    m,
                    f ->
                        new FrameField(
                            "other" + (m.fields().size() - m.fields().indexOf(f)), f.type())));
    assertTrue(after.text.get("app/A$$keeps").contains("other1"), after.all());
    assertEquals("7s53.5", after.result);
  }

  @Test
  void aGenerator_thatIsToBox_boxes() throws Exception {
    Woven before = weave(NUMBERS, m -> m);
    Woven after =
        weave(
            NUMBERS,
            m -> {
              assertEquals("long", m.element().getClassName());
              return new StateMachine(
                  m.method(), m.frameClass(), m.fields(), m.states(), null, Set.of());
            });
    assertFalse(before.text.get("app/A").contains("invokestatic Long.valueOf"), before.all());
    assertTrue(after.text.get("app/A").contains("invokestatic Long.valueOf"), after.all());
    assertEquals("1234", after.result);
  }

  // ---- other machines

  /** The machine whose states don't keep the values of a type. */
  private static StateMachine without(StateMachine m, String desc) {
    List<FrameField> fields = m.fields().stream().filter(f -> !f.desc().equals(desc)).toList();
    return changed(m, f -> fields.contains(f) ? f : null);
  }

  private static StateMachine changed(StateMachine m, UnaryOperator<FrameField> fields) {
    UnaryOperator<List<Slot>> slots =
        all ->
            all.stream()
                .map(
                    s ->
                        s.field() == null
                            ? s
                            : new Slot(s.index(), s.type(), fields.apply(s.field())))
                .toList();
    List<State> states =
        m.states().stream()
            .map(
                s ->
                    new State(
                        s.id(),
                        s.point(),
                        s.line(),
                        slots.apply(s.locals()),
                        slots.apply(s.stack())))
            .toList();
    List<FrameField> kept = m.fields().stream().map(fields).flatMap(Stream::ofNullable).toList();
    return new StateMachine(m.method(), m.frameClass(), kept, states, m.element(), m.boxings());
  }

  // ---- the phases, with a machine changed between them

  private static Woven weave(String source, UnaryOperator<StateMachine> decision) throws Exception {
    Compiled compiled = Compiled.from(source);
    ClassNode c = new ClassNode(Opcodes.ASM9);
    new ClassReader(compiled.classFile("A")).accept(c, ClassReader.EXPAND_FRAMES);
    Coroutines coroutines =
        new Coroutines(
            new ClassInfos(compiled::find, (name, why) -> {}, List.of(RuntimeAbi.COROUTINE_DESC)),
            (owner, name) -> false,
            name -> true,
            name -> true,
            false);
    List<StateMachine> machines = new ArrayList<>();
    for (MethodNode method : c.methods) {
      MethodInfo m = ClassInfo.read(c).method(method.name, method.desc);
      if (coroutines.isCoroutine(m)) {
        CoroutineMethod read =
            MethodAnalyzer.analyze(coroutines, m, method, b -> fail(b.toString()));
        machines.add(decision.apply(StateMachineBuilder.build(read, c.name + "$$" + method.name)));
      }
    }
    ClassEmitter emitter = new ClassEmitter(c);
    emitter.emit(
        new ClassPlan(
            c.name,
            machines.size(),
            machines,
            List.of(),
            List.of(),
            new PlannedStamp(false, false, null)));
    Map<String, byte[]> files = new TreeMap<>();
    files.put(c.name, ClassEmitter.write(c));
    emitter
        .companions()
        .forEach((name, companion) -> files.put(name, ClassEmitter.write(companion)));
    Map<String, String> text = new TreeMap<>();
    files.forEach(
        (name, bytes) -> {
          assertNull(Verification.check(bytes), name);
          text.put(name, BytecodeText.of(bytes));
        });
    compiled.classFiles.putAll(files);
    Class<?> woven = compiled.woven(Options.BUILD).loadClass("app.A");
    return new Woven(text, (String) woven.getMethod("run").invoke(null));
  }
}
