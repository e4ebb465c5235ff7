package dev.coweave.agent;

import dev.coweave.agent.HeapDump.Field;
import dev.coweave.agent.HeapDump.Type;
import dev.coweave.agent.HeapDump.Visitor;
import dev.coweave.agent.LiveGenerators.Kept;
import dev.coweave.weave.machine.StateMachine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds generators in a dump of a heap, with the calls that each is in: read from the frames that it keeps, as the runtime reads those of its
 * tasks. Frame classes keep their lines in a static field for this.
 */
final class GeneratorFinder {
  // The dump is read three or four times, so that little of it is kept:
  //
  //   generators     the objects of their classes; those that stand in no nested call are counted
  //   frames         of nested calls, if there are any, and what else their lines are in
  //   strings        with those lines: first where their characters are, then these

  /** More calls of a deep recursion are left out. */
  private static final int MOST_CALLS = 1000;

  // As dev.coweave.generator.Generator and dev.coweave.coroutine.GeneratorFrame have them.
  private static final int FRESH = 0;
  private static final int RUNNING = -1;
  private static final int FINISHED = -2;
  private static final int NESTED = -3;

  /** What the objects of a class are to this: the first of its superclasses, itself among them, that is named here says it. */
  private enum Kind {
    GENERATOR("dev.coweave.generator.Generator"),
    ASYNC_GENERATOR("dev.coweave.coroutine.GeneratorFrame"),
    YIELD_ALL("dev.coweave.generator.Delegation"),
    YIELD_EACH("dev.coweave.generator.YieldEach"),
    OPERATION_FRAME("dev.coweave.coroutine.OperationFrame"),
    TAIL_CALLS("dev.coweave.coroutine.TailCalls"),
    FRAME("dev.coweave.coroutine.Frame"),
    PLACE("dev.coweave.coroutine.TailCalls$Place"),
    OPERATION("dev.coweave.coroutine.Operation"),
    OTHER("");

    private static final Map<String, Kind> BY_CLASS = new HashMap<>();

    static {
      for (Kind k : values()) {
        BY_CLASS.put(k.className, k);
      }
    }

    private final String className;

    Kind(String className) {
      this.className = className;
    }
  }

  /** A class: where its objects have which field, and the string with its lines. */
  private record Layout(Kind kind, String className, Map<String, Integer> fields, long trace) {
    long reference(String field, ByteBuffer in) {
      Integer at = fields.get(field);
      return at == null ? 0 : in.getLong(at);
    }

    int integer(String field, ByteBuffer in) {
      Integer at = fields.get(field);
      return at == null ? 0 : in.getInt(at);
    }

    int small(String field, ByteBuffer in) {
      Integer at = fields.get(field);
      return at == null ? 0 : in.getShort(at);
    }

    boolean flag(String field, ByteBuffer in) {
      Integer at = fields.get(field);
      return at != null && in.get(at) != 0;
    }
  }

  /** A generator; one that has no nested call is like others of its class and state, and has no id. */
  private record Body(Layout layout, long id, int state, boolean waits, long leaf) {}

  /** A frame, or what it refers to. */
  private record Node(Layout layout, long next, long inner, int state, int count) {}

  private final Path dump;
  private final Map<Long, Type> types = new HashMap<>();
  private final Map<Long, Layout> layouts = new HashMap<>();
  private final Map<Body, Long> bodies = new HashMap<>();
  private final Map<Long, Body> byId = new HashMap<>();
  private final Map<Long, Node> nodes = new HashMap<>();
  private final Map<Long, String> strings = new HashMap<>();

  private GeneratorFinder(Path dump) {
    this.dump = dump;
  }

  /**
   * Reads a dump.
   *
   * @return how many generators are in each place
   * @throws IOException if it can't be read
   */
  static Map<Kept, Long> find(Path dump) throws IOException {
    GeneratorFinder finder = new GeneratorFinder(dump);
    finder.readGenerators();
    if (!finder.byId.isEmpty()) {
      finder.readFrames();
    }
    if (!finder.bodies.isEmpty()) {
      finder.strings.putAll(HeapStrings.read(dump, finder.wantedStrings()));
    }
    Map<Kept, Long> result = new HashMap<>();
    finder.bodies.forEach((body, count) -> result.merge(finder.kept(body), count, Long::sum));
    return result;
  }

  // ---- reading

  private void readGenerators() throws IOException {
    HeapDump.read(
        dump,
        new Visitor() {
          @Override
          public void type(long id, Type type) {
            types.put(id, type);
          }

          @Override
          public void object(long id, long type, ByteBuffer in) {
            Layout l = layout(type);
            if (l.kind == Kind.GENERATOR || l.kind == Kind.ASYNC_GENERATOR) {
              generator(id, l, in);
            }
          }
        });
  }

  private void generator(long id, Layout l, ByteBuffer in) {
    int state = l.integer("coweave$state", in);
    boolean waits = l.kind == Kind.ASYNC_GENERATOR && l.reference("asked", in) != 0;
    if (waits && state == RUNNING) {
      state = l.integer("stoppedAt", in);
    }
    long leaf = l.reference("leaf", in);
    Body body = new Body(l, leaf == 0 ? 0 : id, state, waits, leaf);
    bodies.merge(body, 1L, Long::sum);
    if (leaf != 0) {
      byId.put(id, body);
    }
  }

  private void readFrames() throws IOException {
    HeapDump.read(
        dump,
        new Visitor() {
          @Override
          public void object(long id, long type, ByteBuffer in) {
            Layout l = layout(type);
            switch (l.kind) {
              case GENERATOR, OTHER -> {}
              case PLACE -> nodes.put(id, node(l, "outer", "trace", 0, l.integer("count", in), in));
              case OPERATION -> nodes.put(id, node(l, "type", "method", 0, 0, in));
              case YIELD_ALL ->
                  nodes.put(id, node(l, "parent", l.flag("lent", in) ? "inner" : "", 0, 0, in));
              case OPERATION_FRAME -> nodes.put(id, node(l, "parent", "operation", 0, 0, in));
              case TAIL_CALLS ->
                  nodes.put(id, node(l, "parent", "innermost", 0, l.integer("more", in), in));
              default -> {
                int recursions = l.small("recursions", in);
                nodes.put(id, node(l, "parent", "", l.small("state", in), recursions, in));
              }
            }
          }
        });
  }

  private static Node node(
      Layout l, String next, String inner, int state, int count, ByteBuffer in) {
    return new Node(l, l.reference(next, in), l.reference(inner, in), state, count);
  }

  private Set<Long> wantedStrings() {
    Set<Long> wanted = new HashSet<>();
    layouts.values().forEach(l -> wanted.add(l.trace));
    for (Node n : nodes.values()) {
      if (n.layout.kind == Kind.PLACE) {
        wanted.add(n.inner);
      } else if (n.layout.kind == Kind.OPERATION) {
        wanted.add(n.next);
        wanted.add(n.inner);
      }
    }
    return wanted;
  }

  private Layout layout(long type) {
    Layout known = layouts.get(type);
    if (known != null) {
      return known;
    }
    Layout made = newLayout(types.get(type));
    layouts.put(type, made);
    return made;
  }

  private Layout newLayout(@Nullable Type type) {
    Kind kind = Kind.OTHER;
    Map<String, Integer> fields = new HashMap<>();
    int at = 0;
    for (Type t = type; t != null; t = types.get(t.superclass())) {
      for (Field f : t.fields()) {
        fields.put(f.name(), at + f.at()); // of two of one name, that of the superclass is ours
      }
      at += t.size();
      if (kind == Kind.OTHER) {
        kind = Kind.BY_CLASS.getOrDefault(t.name(), Kind.OTHER);
      }
    }
    return type == null || kind == Kind.OTHER
        ? new Layout(Kind.OTHER, "", Map.of(), 0)
        : new Layout(
            kind, type.name(), fields, type.statics().getOrDefault(StateMachine.TRACE_FIELD, 0L));
  }

  // ---- saying

  private Kept kept(Body b) {
    List<StackTraceElement> calls = new ArrayList<>();
    if (b.state != FINISHED) {
      addNested(b, calls);
    }
    StackTraceElement own = line(b);
    if (own != null && b.state != FRESH && b.state != FINISHED && b.state != RUNNING) {
      calls.add(own);
    }
    StackTraceElement outermost =
        own != null || calls.isEmpty() ? own : calls.get(calls.size() - 1);
    String method =
        outermost == null
            ? b.layout.className
            : outermost.getClassName() + "." + outermost.getMethodName();
    return new Kept(method, status(b), calls);
  }

  private static String status(Body b) {
    if (b.waits) {
      return "in use by its consumer";
    }
    return switch (b.state) {
      case FRESH -> "not started";
      case FINISHED -> "ended";
      default -> b.state < 0 ? "running" : "suspended";
    };
  }

  /** The calls that its body is in; of one that is lent to another generator, they are the other's. */
  private void addNested(Body b, List<StackTraceElement> calls) {
    Node f = nodes.get(b.leaf);
    if (f != null && f.layout.kind == Kind.YIELD_ALL && f.inner == b.id) {
      return;
    }
    long at = b.leaf;
    while (f != null && at != b.id && calls.size() < MOST_CALLS) {
      addLines(f, calls);
      at = f.next;
      f = nodes.get(at);
    }
  }

  private void addLines(Node f, List<StackTraceElement> calls) {
    switch (f.layout.kind) {
      case YIELD_ALL, YIELD_EACH -> {
        Body lent = byId.get(f.inner);
        StackTraceElement body = lent == null ? null : line(lent);
        if (body != null) {
          calls.add(body);
        }
        calls.add(
            new StackTraceElement(Kind.GENERATOR.className, "yieldAll", "Generator.java", -1));
      }
      case TAIL_CALLS -> {
        StackTraceElement last = null;
        for (Node p = nodes.get(f.inner); p != null; p = nodes.get(p.next)) {
          last = line(p.inner, 0);
          add(last, p.count - 1, calls);
        }
        addMore(last, f.count, calls);
      }
      case OPERATION_FRAME -> {
        Node o = nodes.get(f.inner);
        if (o != null) {
          String type = strings.getOrDefault(o.next, "");
          String file = type.replaceFirst(".*\\.", "").replaceFirst("\\$.*", "") + ".java";
          calls.add(new StackTraceElement(type, strings.getOrDefault(o.inner, ""), file, -1));
        }
      }
      default -> add(line(f.layout.trace, f.state), f.count, calls);
    }
  }

  private static void add(
      @Nullable StackTraceElement call, int more, List<StackTraceElement> calls) {
    if (call != null) {
      calls.add(call);
    }
    addMore(call, more, calls);
  }

  private static void addMore(
      @Nullable StackTraceElement call, int more, List<StackTraceElement> calls) {
    if (call != null && more > 0) {
      calls.add(
          new StackTraceElement(
              call.getClassName(), call.getMethodName(), "\u2026 " + more + " more", -1));
    }
  }

  /** Where a generator's own body stands; null if nobody wrote it. */
  private @Nullable StackTraceElement line(Body b) {
    return line(b.layout.trace, b.state <= NESTED ? NESTED - b.state : b.state);
  }

  /** A line of a trace: {@code class|method|file|line,line,…}, by state. Null if there is none. */
  private @Nullable StackTraceElement line(long trace, int state) {
    String[] parts = strings.getOrDefault(trace, "").split("\\|", -1);
    if (parts.length < 4) {
      return null;
    }
    String[] lines = parts[3].split(",", -1);
    String line = state >= 0 && state < lines.length ? lines[state] : "";
    return new StackTraceElement(
        parts[0],
        parts[1],
        parts[2].isEmpty() ? null : parts[2],
        line.isEmpty() ? -1 : Integer.parseInt(line));
  }
}
