package dev.coweave.libraries;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.PostDiscoveryFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** A program: runs all tests of a jar and notes how each ended. */
final class OwnTests implements TestExecutionListener {
  private final Map<String, String> results = new TreeMap<>();

  private OwnTests() {}

  /** The first argument is the jar, the second the file to write: a line a test, its name, a tab, and what it threw. */
  public static void main(String[] args) throws IOException {
    OwnTests listener = new OwnTests();
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request()
                .selectors(DiscoverySelectors.selectClasspathRoots(Set.of(Path.of(args[0]))))
                .filters((PostDiscoveryFilter) OwnTests::filter)
                .build(),
            listener);
    Files.writeString(
        Path.of(args[1]),
        listener.results.entrySet().stream()
            .map(e -> e.getKey() + "\t" + e.getValue() + "\n")
            .collect(Collectors.joining()),
        StandardCharsets.UTF_8);
    System.exit(0); // some tests leave threads behind
  }

  /** All but those that need more memory than a build machine has. */
  private static FilterResult filter(TestDescriptor test) {
    return FilterResult.includedIf(!test.getUniqueId().toString().contains("testCodec265"));
  }

  @Override
  public void executionSkipped(TestIdentifier test, String reason) {
    note(test, "skipped");
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    if (test.isTest() || result.getStatus() != Status.SUCCESSFUL) {
      note(test, result.getStatus() + result.getThrowable().map(OwnTests::firstLines).orElse(""));
    }
  }

  /** The end of what a program wrote, for a message. */
  static String end(Path output) {
    try {
      String text = Files.readString(output);
      return text.substring(Math.max(0, text.length() - 4000));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static String firstLines(Throwable t) {
    String text = " " + t + (t.getStackTrace().length == 0 ? "" : " at " + t.getStackTrace()[0]);
    return text.replace('\t', ' ').replaceAll("\\R", " ");
  }

  /** Parameters may be printed with their identity, so a repetition is known by its number. */
  private void note(TestIdentifier test, String result) {
    results.put(test.getUniqueId().replaceAll("\\R", " "), result);
  }
}
