package dev.coweave.neighbours;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Proxies, mocks and enhanced subclasses of a class with coroutines, made by each library itself: the same where the build wove and where the agent does. */
class ProxiesTest {
  private static final String EXPECTED =
      """
      the class itself: prompt 0, prompt 0, waited 0 []; under a coroutine waited 0 []
      JDK proxy: prompt 1, waited 1 [prompt, waiting]; under a coroutine Task.yield would block [waiting]
      Spring, JDK: prompt 1, waited 1 [prompt, waiting]; under a coroutine Task.yield would block [waiting]
      Spring, CGLIB: prompt 1, prompt 1, waited 1 [prompt, prompt, waiting]; under a coroutine Task.yield would block [waiting]
      Byte Buddy, methods that are not synthetic: prompt 0, prompt 0, waited 0 [prompt, prompt, waiting]; under a coroutine Task.yield would block [waiting]
      Byte Buddy, all methods: prompt 0, prompt 0, waited 0 [prompt, prompt, waiting]; under a coroutine Task.yield would block [waiting]
      Byte Buddy, an interface: prompt 1, waited 1 [prompt, waiting]; under a coroutine Task.yield would block [waiting]
      Javassist: prompt 0, prompt 0, waited 0 [prompt, prompt, waiting]; under a coroutine Task.yield would block [waiting]
      Mockito, subclass: stubbed, stubbed, null [prompt, prompt]; under a coroutine null []
      Mockito, inline: stubbed, stubbed, null [prompt, prompt]; under a coroutine null []
      Hibernate: prompt 1, prompt 1, waited 1 []; under a coroutine Task.yield would block []; loaded before false, after true
      Weld: prompt 0, prompt 0, waited 0 [prompt, prompt, waiting]; under a coroutine Task.yield would block [waiting]
      """;

  @Test
  void wovenByTheBuild() throws Exception {
    assertEquals(EXPECTED, String.join("\n", Proxies.all()) + "\n");
  }

  @Test
  void wovenByTheAgent(@TempDir Path unwoven) throws Exception {
    Path source = Path.of("src/test/java/dev/coweave/neighbours/Proxies.java");
    Jvm.compile(unwoven, "Proxies", Files.readString(source));
    Jvm.Result result =
        Jvm.run(
            List.of(
                "-XX:+EnableDynamicAgentLoading", // for Mockito
                "-Xshare:off",
                "-XX:TieredStopAtLevel=1",
                "-Dorg.jboss.logging.provider=jdk", // to stderr
                "-javaagent:" + Jvm.agent(),
                "-cp",
                Jvm.before(unwoven),
                "dev.coweave.neighbours.Proxies"));
    assertEquals(EXPECTED, result.out(), result.err());
    assertFalse(result.err().contains("coweave"), result.err());
  }
}
