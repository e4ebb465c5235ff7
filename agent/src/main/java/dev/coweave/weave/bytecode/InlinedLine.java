package dev.coweave.weave.bytecode;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.LineNumberNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * A line of a Kotlin inline function in the code of its caller. kotlinc gives such lines numbers past the end of the caller's file; where the function was
 * called stands in a stratum of the SourceDebugExtension (JVMS 4.7.11, JSR-45). Traces keep kotlinc's number, as in plain Kotlin; messages tell the caller's.
 */
public final class InlinedLine extends LineNumberNode {
  private static final String CALLERS = "*S KotlinDebug";

  /** {@code InputStartLine # LineFileID , RepeatCount : OutputStartLine , OutputLineIncrement}, the counts optional. */
  private static final Pattern RANGE =
      Pattern.compile("(\\d{1,9})#\\d+(?:,(\\d{1,9}))?:(\\d{1,9})(?:,(\\d{1,9}))?");

  private final int caller;

  private InlinedLine(LineNumberNode inlined, int caller) {
    super(inlined.line, inlined.start);
    this.caller = caller;
  }

  /** The line of the outermost call. */
  public int caller() {
    return caller;
  }

  /** Lines of the class file that stand for others of the source: each {@code increment} of them for one. */
  private record Range(int caller, long repeat, int first, int increment) {
    boolean contains(int line) {
      return line >= first && line - first < repeat * increment;
    }

    int caller(int line) {
      return caller + (line - first) / increment;
    }
  }

  /** Finds the inlined lines of a class. */
  public static void find(ClassNode c) {
    List<Range> ranges = ranges(c.sourceDebug);
    if (ranges.isEmpty()) {
      return;
    }
    for (MethodNode method : c.methods) {
      for (AbstractInsnNode insn : method.instructions.toArray()) {
        if (insn instanceof LineNumberNode l) {
          ranges.stream()
              .filter(r -> r.contains(l.line))
              .findFirst()
              .ifPresent(r -> method.instructions.set(l, new InlinedLine(l, r.caller(l.line))));
        }
      }
    }
  }

  private static List<Range> ranges(@Nullable String debug) {
    int start = debug == null ? -1 : debug.indexOf(CALLERS);
    if (debug == null || start < 0) {
      return List.of();
    }
    List<Range> ranges = new ArrayList<>();
    debug
        .substring(start)
        .lines()
        .map(RANGE::matcher)
        .filter(Matcher::matches)
        .forEach(
            m ->
                ranges.add(
                    new Range(
                        Integer.parseInt(m.group(1)),
                        count(m.group(2)),
                        Integer.parseInt(m.group(3)),
                        count(m.group(4)))));
    return ranges;
  }

  private static int count(@Nullable String text) {
    return text == null ? 1 : Math.max(1, Integer.parseInt(text));
  }
}
