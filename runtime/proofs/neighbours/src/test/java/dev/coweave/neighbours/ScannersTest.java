package dev.coweave.neighbours;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import io.github.classgraph.ClassGraph;
import io.github.classgraph.ClassInfo;
import io.github.classgraph.ScanResult;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jboss.jandex.DotName;
import org.jboss.jandex.Index;
import org.jboss.jandex.MethodInfo;
import org.junit.jupiter.api.Test;

/** Libraries that read class files instead of loading classes: what the weaver added is synthetic, and bears no annotation of the user's. */
class ScannersTest {
  private static final List<Class<?>> WOVEN =
      List.of(WaitingGreeter.class, PromptGreeter.class, Greeter.class);

  /** Of the members that a user wrote. */
  private static Set<String> names(Class<?> c) {
    return Arrays.stream(c.getDeclaredMethods())
        .filter(m -> !m.isSynthetic())
        .map(m -> m.getName() + "/" + m.getParameterCount())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void classGraph() {
    try (ScanResult scan =
        new ClassGraph()
            .acceptPackages(ScannersTest.class.getPackageName())
            .enableAllInfo()
            .scan()) {
      for (Class<?> c : WOVEN) {
        ClassInfo info = scan.getClassInfo(c.getName());
        assertEquals(
            names(c),
            info.getDeclaredMethodInfo().stream()
                .filter(m -> !m.isSynthetic())
                .map(m -> m.getName() + "/" + m.getParameterInfo().length)
                .collect(Collectors.toCollection(TreeSet::new)));
        assertTrue(
            info.getDeclaredMethodInfo().stream()
                .filter(m -> m.hasAnnotation(Coroutine.class))
                .noneMatch(io.github.classgraph.MethodInfo::isSynthetic),
            c::getName);
      }
      List<String> companions =
          scan.getAllClasses().stream()
              .filter(c -> c.getName().contains("$$"))
              .filter(c -> !c.isSynthetic())
              .map(ClassInfo::getName)
              .toList();
      assertEquals(List.of(), companions);
    }
  }

  @Test
  void jandex() throws Exception {
    Index index = Index.of(WOVEN);
    for (Class<?> c : WOVEN) {
      assertEquals(
          names(c),
          index.getClassByName(DotName.createSimple(c)).methods().stream()
              .filter(m -> !m.isSynthetic() && !m.name().startsWith("<"))
              .map(m -> m.name() + "/" + m.parametersCount())
              .collect(Collectors.toCollection(TreeSet::new)));
    }
    assertTrue(
        index.getAnnotations(DotName.createSimple(Coroutine.class)).stream()
            .map(a -> a.target().asMethod())
            .noneMatch(MethodInfo::isSynthetic));
  }
}
