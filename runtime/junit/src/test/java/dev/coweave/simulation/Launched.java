package dev.coweave.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** What JUnit says when it runs a test class. */
final class Launched {
  /** The results by the tests' names, in their order. */
  final Map<String, TestExecutionResult> results = new TreeMap<>();

  static Launched classOf(Class<?> c) {
    return run(c, selectClass(c));
  }

  static Launched method(Class<?> c, String name) {
    Method method =
        Arrays.stream(c.getDeclaredMethods())
            .filter(m -> m.getName().equals(name) && !m.isSynthetic())
            .findFirst()
            .orElseThrow();
    return run(c, selectMethod(c, method));
  }

  private static Launched run(Class<?> c, DiscoverySelector what) {
    Launched l = new Launched();
    var request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(what)
            .configurationParameter(
                "junit.jupiter.execution.parallel.enabled",
                String.valueOf(c.isAnnotationPresent(Execution.class)))
            .build();
    LauncherFactory.create()
        .execute(
            request,
            new TestExecutionListener() {
              @Override
              public void executionFinished(TestIdentifier id, TestExecutionResult result) {
                if (id.isTest() || result.getThrowable().isPresent()) {
                  synchronized (l) {
                    l.results.put(id.getDisplayName().replaceFirst("\\(.*", ""), result);
                  }
                }
              }
            });
    return l;
  }

  /** How many tests there were, all of which passed. */
  int passed() {
    results.forEach(
        (name, r) -> {
          if (r.getThrowable().isPresent() && r.getStatus() != TestExecutionResult.Status.ABORTED) {
            throw new AssertionError(name, r.getThrowable().get());
          }
        });
    return results.size();
  }

  /** How the only test failed. */
  Throwable failure() {
    assertEquals(1, results.size(), results::toString);
    return results.values().iterator().next().getThrowable().orElseThrow();
  }

  Throwable failure(String test) {
    return results.get(test).getThrowable().orElseThrow();
  }
}
