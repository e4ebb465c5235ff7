package dev.coweave.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.weave.Weaver;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Holds the compiled classes against the picture of the packages in ARCHITECTURE.md. A package may use those that its arrows reach,
 * near or far. To add an arrow, draw it there first.
 */
class LayersTest {
  private static final String ROOT = "dev.coweave";

  /** The arrows of the runtime. The root has the annotation, and two interfaces whose twins take a continuation. */
  private static final Map<String, List<String>> RUNTIME =
      Map.of(
          "", List.of(".coroutine"),
          ".coroutine", List.of(),
          ".generator", List.of("", ".coroutine"),
          ".task", List.of("", ".coroutine"),
          ".flow", List.of(".task", ".generator"),
          ".sync", List.of("", ".task"),
          ".wait", List.of("", ".task"),
          ".loop", List.of("", ".wait"));

  /** The arrows of the agent jar. */
  private static final Map<String, List<String>> AGENT =
      Map.of(
          ".agent", List.of(".weave"),
          ".javac", List.of(".weave"),
          ".weave", List.of(".weave.emit", ".weave.durable", ".weave.advice"),
          ".weave.advice", List.of(".weave.analysis"),
          ".weave.durable", List.of(".weave.machine"),
          ".weave.emit", List.of(".weave.machine"),
          ".weave.machine", List.of(".weave.analysis"),
          ".weave.analysis", List.of(".weave.bytecode"),
          ".weave.bytecode", List.of());

  /** What the agent jar brings along, and who may use it. */
  private static final Map<String, Set<String>> LIBRARIES =
      Map.of("net.bytebuddy.agent", Set.of(".agent"), "picocli", Set.of(".agent"));

  @Test
  void runtime_hasNoArrowThatIsNotInThePicture() {
    assertEquals(Map.of(), arrowsBeyond(RUNTIME, CompiledPackages.beside(Coroutine.class)));
  }

  @Test
  void agent_hasNoArrowThatIsNotInThePicture() {
    assertEquals(Map.of(), arrowsBeyond(AGENT, CompiledPackages.beside(Weaver.class)));
  }

  @Test
  void runtime_dependsOnJavaBaseAlone() {
    Set<String> base = Object.class.getModule().getPackages();
    CompiledPackages.beside(Coroutine.class)
        .forEach(
            (from, to) ->
                to.forEach(
                    p ->
                        assertTrue(
                            p.startsWith(ROOT)
                                || p.equals("org.jspecify.annotations")
                                || p.equals("java.awt") && from.equals(ROOT + ".loop")
                                || p.equals("javax.management") && from.equals(ROOT + ".loop")
                                || p.equals("jdk.jfr") && from.equals(ROOT + ".task")
                                || base.contains(p),
                            from + " uses " + p)));
  }

  /**
   * What a thread runs is looked up where plain code comes in, and which jobs of an executor it is in. What runs for each element,
   * call or switch has the continuation at hand.
   */
  @Test
  void aThreadLocal_isForTheEntriesOfThreadsOnly() {
    assertEquals(
        Set.of("dev.coweave.task.Place"),
        CompiledPackages.usersBeside(Coroutine.class, ThreadLocal.class));
  }

  @Test
  void libraries_areUsedWhereTheyBelong() {
    CompiledPackages.beside(Weaver.class)
        .forEach(
            (from, to) ->
                LIBRARIES.forEach(
                    (library, users) ->
                        assertTrue(
                            !to.contains(library) || users.contains(shortName(from)),
                            from + " uses " + library)));
  }

  /** Without this, a picture with a cycle would pass too. */
  @Test
  void picture_hasNoCycles() {
    for (Map<String, List<String>> picture : List.of(RUNTIME, AGENT)) {
      picture
          .keySet()
          .forEach(
              p ->
                  picture
                      .get(p)
                      .forEach(q -> assertTrue(!reach(picture, q).contains(p), p + " <-> " + q)));
    }
  }

  private static SortedMap<String, SortedSet<String>> arrowsBeyond(
      Map<String, List<String>> picture, SortedMap<String, SortedSet<String>> arrows) {
    SortedMap<String, SortedSet<String>> beyond = new TreeMap<>();
    arrows.forEach(
        (from, to) -> {
          Set<String> allowed = reach(picture, shortName(from));
          SortedSet<String> others = new TreeSet<>(to);
          others.removeIf(p -> !p.startsWith(ROOT) || allowed.contains(shortName(p)));
          if (!others.isEmpty() || !picture.containsKey(shortName(from))) {
            beyond.put(from, others);
          }
        });
    return beyond;
  }

  /** A package and all that its arrows lead to. */
  private static Set<String> reach(Map<String, List<String>> picture, String from) {
    Set<String> result = new TreeSet<>(Set.of(from));
    picture.getOrDefault(from, List.of()).forEach(p -> result.addAll(reach(picture, p)));
    return result;
  }

  private static String shortName(String packageName) {
    return packageName.startsWith(ROOT) ? packageName.substring(ROOT.length()) : packageName;
  }
}
