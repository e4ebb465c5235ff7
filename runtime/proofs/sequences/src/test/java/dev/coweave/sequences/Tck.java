package dev.coweave.sequences;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.testng.ITestListener;
import org.testng.ITestResult;
import org.testng.TestNG;

/** Runs a class of the TCK by TestNG, and tells what failed and what was skipped, with the TCK's reason. */
final class Tck {
  private static final class Results implements ITestListener {
    final List<String> failed = new ArrayList<>();
    final SortedMap<String, String> skipped = new TreeMap<>();
    int passed;

    @Override
    public void onTestSuccess(ITestResult r) {
      passed++;
    }

    @Override
    public void onTestFailure(ITestResult r) {
      failed.add(r.getName() + ": " + r.getThrowable());
    }

    @Override
    public void onTestSkipped(ITestResult r) {
      Throwable t = r.getThrowable();
      skipped.put(r.getName(), t == null ? "" : String.valueOf(t.getMessage()));
    }
  }

  private final Results results = new Results();

  private Tck() {}

  static Tck of(Class<?> verification) {
    Tck tck = new Tck();
    TestNG testng = new TestNG(false);
    testng.setTestClasses(new Class<?>[] {verification});
    testng.addListener(tck.results);
    testng.setVerbose(0);
    testng.run();
    return tck;
  }

  List<String> failed() {
    return results.failed;
  }

  SortedMap<String, String> skipped() {
    return results.skipped;
  }

  int passed() {
    return results.passed;
  }
}
