package dev.coweave.agent;

import dev.coweave.weave.Problem;
import dev.coweave.weave.WeaveResult;
import dev.coweave.weave.Weaver;
import dev.coweave.weave.analysis.RuntimeMember;
import dev.coweave.weave.analysis.TwinDesc;
import dev.coweave.weave.machine.ClassPlan;
import dev.coweave.weave.machine.StateMachine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * What became of a class, as text: its plan, then of each coroutine its state machine, then its lines, each with the states that stand there and with what is executed for it in
 * the twin and in the resume copy.
 *
 * @param text to be printed
 * @param woven whether it was woven
 * @param failed whether it has errors
 */
record Explanation(String text, boolean woven, boolean failed) {
  private static final byte[] MAGIC = {(byte) 0xca, (byte) 0xfe, (byte) 0xba, (byte) 0xbe};

  static Explanation of(Weaver weaver, byte[] classFile, List<Path> sources, Path file) {
    if (!isClassFile(classFile)) {
      return new Explanation(file + "  not woven: it is no class file\n", false, true);
    }
    List<ClassPlan> plans = new ArrayList<>();
    WeaveResult result = weaver.weave(classFile, plans::add);
    StringBuilder text = new StringBuilder();
    text.append(heading(classFile, file));
    text.append("  ").append(weaver.reason(classFile, result)).append('\n');
    for (Problem p : result.problems()) {
      text.append('\n').append(p).append('\n');
    }
    byte[] woven = result.classFile();
    if (woven != null) {
      ClassNode c = read(woven);
      List<String> lines = lines(c, sources, file);
      for (ClassPlan plan : plans) {
        text.append('\n').append(plan);
        for (StateMachine m : plan.machines()) {
          text.append('\n').append(m).append('\n');
          text.append(table(c, m, result.companions(), lines));
        }
      }
    }
    return new Explanation(text.toString(), woven != null, result.failed());
  }

  /** JVMS 4.1. */
  private static boolean isClassFile(byte[] bytes) {
    return bytes.length >= MAGIC.length
        && Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
  }

  /** The class, or the file if there is none to be read in it. */
  private static String heading(byte[] classFile, Path file) {
    String name = Weaver.nameOf(classFile).replace('/', '.');
    return name.contains(" ") ? file.toString() : "class " + name;
  }

  private static String table(
      ClassNode c, StateMachine m, Map<String, byte[]> companions, List<String> lines) {
    MethodNode source = m.method().source();
    MethodNode twin = find(c, source.name, TwinDesc.of(source.desc));
    MethodNode resume = find(c, source.name, m.resumeDesc());
    byte[] own = companions.get(m.frameClass());
    String first = "twin";
    if (twin == null && own != null) {
      twin = find(read(own), RuntimeMember.STEP.member(), RuntimeMember.STEP.desc());
      first = "body";
    }
    LineTable table = new LineTable(lines);
    m.states().forEach(s -> table.state(s.line(), "state " + s.id()));
    if (twin != null) {
      table.code(0, twin);
    }
    if (resume != null) {
      table.code(1, resume);
    }
    return table.toString(first);
  }

  private static @Nullable MethodNode find(ClassNode c, String name, String desc) {
    for (MethodNode m : c.methods) {
      if (m.name.equals(name) && m.desc.equals(desc)) {
        return m;
      }
    }
    return null;
  }

  private static ClassNode read(byte[] classFile) {
    ClassNode c = new ClassNode();
    new ClassReader(classFile).accept(c, ClassReader.SKIP_FRAMES);
    return c;
  }

  /** The source's lines; none if it isn't found. */
  private static List<String> lines(ClassNode c, List<Path> sources, Path classFile) {
    if (c.sourceFile == null) {
      return List.of();
    }
    String inPackage = c.name.substring(0, c.name.lastIndexOf('/') + 1) + c.sourceFile;
    List<Path> candidates =
        new ArrayList<>(sources.stream().map(s -> s.resolve(inPackage)).toList());
    sources.forEach(s -> candidates.add(s.resolve(c.sourceFile)));
    candidates.add(classFile.resolveSibling(c.sourceFile));
    for (Path p : candidates) {
      try {
        if (Files.isRegularFile(p)) {
          return Files.readAllLines(p);
        }
      } catch (IOException e) {
        // Not to be read: as if it weren't there.
      }
    }
    return List.of();
  }
}
