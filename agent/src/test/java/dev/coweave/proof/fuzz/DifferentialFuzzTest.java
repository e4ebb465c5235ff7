package dev.coweave.proof.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Random programs and random bytecode do the same woven as unwoven, wherever they are suspended. CI runs a slice;
 * docs/verification.md has the commands of the long runs.
 */
class DifferentialFuzzTest {
  private static final long SEED = Long.getLong("fuzz.seed", 1);
  private static final long METHODS = Long.getLong("fuzz.methods", 200);
  private static final int CLASSES = Integer.getInteger("fuzz.classes", 25);

  @Test
  void programs_leaveTheSameTrace() {
    assertEquals("", Fuzzing.programs(SEED, METHODS));
  }

  @Test
  void programs_unwoundAtEachCall_leaveTheSameTrace() throws Exception {
    assertEquals(
        "",
        unwindingAtEachCall()
            .getMethod("programs", long.class, long.class)
            .invoke(null, SEED + METHODS, METHODS));
  }

  @Test
  void bytecode_leavesTheSameTrace() throws Exception {
    assertEquals("", Fuzzing.bytecode(SEED, CLASSES));
  }

  @Test
  void bytecode_unwoundAtEachCall_leavesTheSameTrace() throws Exception {
    assertEquals(
        "",
        unwindingAtEachCall()
            .getMethod("bytecode", long.class, int.class)
            .invoke(null, SEED + CLASSES, CLASSES));
  }

  /** The fuzzers on a runtime of their own, for the depth is read once. */
  private static Class<?> unwindingAtEachCall() throws Exception {
    List<URL> urls = new ArrayList<>();
    for (String entry :
        System.getProperty("java.class.path").split(System.getProperty("path.separator"))) {
      urls.add(url(entry));
    }
    String before = System.setProperty("coweave.maxDepth", "1");
    try {
      ClassLoader loader =
          new URLClassLoader(urls.toArray(new URL[0]), ClassLoader.getPlatformClassLoader());
      Class<?> continuation = Class.forName("dev.coweave.coroutine.Continuation", true, loader);
      assertEquals(1, continuation.getField("MAX_DEPTH").getInt(null));
      return loader.loadClass(Fuzzing.class.getName());
    } finally {
      if (before == null) {
        System.clearProperty("coweave.maxDepth");
      } else {
        System.setProperty("coweave.maxDepth", before);
      }
    }
  }

  private static URL url(String entry) throws MalformedURLException {
    return Path.of(entry).toUri().toURL();
  }
}
