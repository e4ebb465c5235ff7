package dev.coweave.weave;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.coweave.weave.analysis.CoroutineMethod;
import dev.coweave.weave.analysis.Coroutines;
import dev.coweave.weave.analysis.MethodAnalyzer;
import dev.coweave.weave.analysis.RuntimeAbi;
import dev.coweave.weave.analysis.SuspensionPoint;
import dev.coweave.weave.bytecode.ClassInfo;
import dev.coweave.weave.bytecode.ClassInfo.MethodInfo;
import dev.coweave.weave.bytecode.ClassInfos;
import dev.coweave.weave.machine.StateMachineBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * What the phases make of small methods, as text. Each file of src/test/resources/golden begins with a source; what follows is what
 * came of it. Where that has changed, the new file is in target/golden: read the difference, and if it is meant, copy it over.
 */
class GoldenTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");
  private static final Path ACTUAL = Path.of("target/golden");

  static List<String> files() throws IOException {
    try (Stream<Path> all = Files.list(GOLDEN)) {
      return all.map(p -> p.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void eachPhase_printsWhatItDidBefore(String file) throws Exception {
    String expected = Files.readString(GOLDEN.resolve(file));
    String source = expected.split("==== .*\n")[0];
    Compiled compiled = Compiled.from(source);
    String actual = source + phases(compiled) + woven(compiled);
    runs(compiled);
    if (!actual.equals(expected)) {
      Files.createDirectories(ACTUAL);
      Path written = ACTUAL.resolve(file);
      Files.writeString(written, actual);
      String first = firstDifference(expected, actual);
      fail(
          "not what it was, first at\n"
              + first
              + "\nall: diff agent/"
              + GOLDEN.resolve(file)
              + " agent/"
              + written);
    }
  }

  private static String firstDifference(String expected, String actual) {
    List<String> e = expected.lines().toList();
    List<String> a = actual.lines().toList();
    for (int i = 0; i < Math.max(e.size(), a.size()); i++) {
      String was = i < e.size() ? e.get(i) : "(end)";
      String is = i < a.size() ? a.get(i) : "(end)";
      if (!was.equals(is)) {
        return "line " + (i + 1) + "\n  was: " + was + "\n  is:  " + is;
      }
    }
    return "line ends";
  }

  /** Analysis and machine of the class A's coroutines; lambdas are only shown woven. */
  private static String phases(Compiled compiled) {
    ClassNode c = new ClassNode(Opcodes.ASM9);
    new ClassReader(compiled.classFile("A")).accept(c, ClassReader.EXPAND_FRAMES);
    Coroutines coroutines =
        new Coroutines(
            new ClassInfos(compiled::find, (name, why) -> {}, List.of(RuntimeAbi.COROUTINE_DESC)),
            (owner, name) -> false,
            name -> true,
            name -> true,
            false);
    ClassInfo info = ClassInfo.read(c);
    StringBuilder analysis = new StringBuilder();
    StringBuilder machine = new StringBuilder();
    for (MethodNode m : c.methods) {
      MethodInfo method = info.method(m.name, m.desc);
      if (coroutines.isCoroutine(method) && !method.is(Opcodes.ACC_ABSTRACT)) {
        CoroutineMethod read =
            MethodAnalyzer.analyze(coroutines, method, m, b -> fail(b.toString()));
        analysis.append(text(read));
        machine.append(StateMachineBuilder.build(read, c.name + "$$" + m.name));
      }
    }
    List<String> plan = new ArrayList<>();
    compiled.weaver(Options.BUILD).weave(compiled.classFile("A"), p -> plan.add(p.toString()));
    return "==== analysis\n"
        + analysis
        + "==== machine\n"
        + machine
        + "==== plan\n"
        + String.join("", plan);
  }

  private static String text(CoroutineMethod m) {
    StringBuilder s =
        new StringBuilder(
            m.source().name + ": " + m.kind() + ", live at the start " + m.liveAtStart() + "\n");
    for (SuspensionPoint p : m.points()) {
      s.append("  line ")
          .append(p.line())
          .append(": ")
          .append(p.form())
          .append(" ")
          .append(p.callee())
          .append("\n");
      s.append("    locals ").append(p.locals()).append(", live ").append(p.live()).append("\n");
      if (!p.stack().isEmpty()) {
        s.append("    operands ").append(p.stack()).append("\n");
      }
    }
    return s.toString().replaceAll("\\w+/(\\w+/)*", "");
  }

  private static String woven(Compiled compiled) {
    WeaveResult result = compiled.weave("A");
    assertTrue(result.problems().isEmpty(), () -> result.problems().toString());
    Map<String, byte[]> companions = new TreeMap<>(result.companions());
    return "==== woven\n"
        + BytecodeText.of(result.classFile())
        + companions.entrySet().stream()
            .map(e -> "==== " + e.getKey() + "\n" + BytecodeText.of(e.getValue()))
            .collect(Collectors.joining());
  }

  /** Each source has a method run() that gives "ok". */
  private static void runs(Compiled compiled) throws Exception {
    for (Options options : List.of(Options.BUILD, Options.AGENT)) {
      var run = compiled.woven(options).loadClass("app.Run").getDeclaredMethod("run");
      run.setAccessible(true);
      Object result = run.invoke(null);
      assertTrue("ok".equals(result), () -> "gave " + result);
    }
  }
}
