package dev.coweave.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.samples.Jvm.Result;
import dev.coweave.samples.chat.Chat;
import dev.coweave.samples.crawl.Crawl;
import dev.coweave.samples.deep.Deep;
import dev.coweave.samples.echo.Echo;
import dev.coweave.samples.game.Game;
import dev.coweave.samples.generators.Generators;
import dev.coweave.samples.guide.Guide;
import dev.coweave.samples.hello.Hello;
import dev.coweave.samples.hello.HelloByHand;
import dev.coweave.samples.homes.Theatre;
import dev.coweave.samples.pages.Pages;
import dev.coweave.samples.printers.Printers;
import dev.coweave.samples.race.Race;
import dev.coweave.samples.robot.Robot;
import dev.coweave.samples.shutdown.Shutdown;
import dev.coweave.samples.simulation.Simulation;
import dev.coweave.samples.tail.Tail;
import dev.coweave.samples.tick.Ticker;
import dev.coweave.samples.tokens.Tokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs each program as a user does, two at a time, and compares what it prints with the text beside its source. */
@Execution(ExecutionMode.CONCURRENT)
class ProgramsTest {
  private static final List<Class<?>> PROGRAMS =
      List.of(
          Hello.class,
          Guide.class,
          Generators.class,
          Printers.class,
          Deep.class,
          Ticker.class,
          Race.class,
          Shutdown.class,
          Echo.class,
          Chat.class,
          Pages.class,
          Tokens.class,
          Tail.class,
          Theatre.class,
          Game.class,
          Robot.class,
          Simulation.class,
          Crawl.class);

  static Stream<Arguments> programsInEachWay() {
    return PROGRAMS.stream()
        .flatMap(
            program ->
                Stream.of(Weaving.BY_PLUGIN, Weaving.BY_AGENT)
                    .flatMap(
                        weaving ->
                            Stream.of("", "-Dcoweave.maxDepth=1")
                                .map(option -> Arguments.of(program, weaving, option))));
  }

  @ParameterizedTest(name = "{0} woven {1} {2}")
  @MethodSource("programsInEachWay")
  void a_program_prints_the_text_beside_its_source(Class<?> program, Weaving weaving, String option)
      throws Exception {
    List<String> options = new ArrayList<>(weaving.options());
    if (!option.isEmpty()) {
      options.add(0, option);
    }
    options.add(program.getName());
    Result result = Jvm.run(options);
    assertEquals(
        expected(program) + "status 0", result.out() + "status " + result.status(), result.err());
  }

  @Test
  void the_program_by_hand_prints_the_same() throws Exception {
    List<String> options = new ArrayList<>(Weaving.NOT.options());
    options.add(HelloByHand.class.getName());
    assertEquals(expected(Hello.class), Jvm.run(options).out());
  }

  @Test
  void a_program_that_was_not_woven_says_how_to_weave_it() throws Exception {
    List<String> options = new ArrayList<>(Weaving.NOT.options());
    options.add(Hello.class.getName());
    Result result = Jvm.run(options);
    assertNotEquals(0, result.status());
    assertTrue(
        result.err().contains("dev.coweave.samples.hello.Hello.inOrder(Hello.java:"), result.err());
    assertTrue(result.err().contains("-javaagent:coweave-agent.jar"), result.err());
    assertTrue(result.err().contains("coweave-maven-plugin"), result.err());
  }

  static String expected(Class<?> program) throws IOException {
    Path source = Path.of("src/main/java", program.getName().replace('.', '/') + ".txt");
    return Files.readString(source);
  }
}
