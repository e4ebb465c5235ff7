package dev.coweave.samples;

import dev.coweave.samples.chat.Chat;
import dev.coweave.samples.crawl.Crawl;
import dev.coweave.samples.deep.Deep;
import dev.coweave.samples.echo.Echo;
import dev.coweave.samples.game.Game;
import dev.coweave.samples.generators.Generators;
import dev.coweave.samples.guide.Guide;
import dev.coweave.samples.hello.Hello;
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

/** Runs all the programs, one after the other. */
public final class Samples {
  /**
   * What {@code main} is: a plain interface, because these mains are called by plain code, as the
   * JVM would.
   */
  private interface Program {
    void main(String[] args) throws Exception;
  }

  private Samples() {}

  /**
   * Runs them.
   *
   * @param args are ignored
   * @throws Exception what one of them throws
   */
  public static void main(String[] args) throws Exception {
    run("hello: yield and await", Hello::main);
    run("guide: what the ten-minute guide shows", Guide::main);
    run("generators: sequences computed while they are read", Generators::main);
    run("printers: tasks that take turns, parents and children", Printers::main);
    run("deep: a recursion of a million calls", Deep::main);
    run("tick: a task in fifteen lines, and 100,000 of them", Ticker::main);
    run("race: the first answer of several", Race::main);
    run("shutdown: work that is submitted while its loop shuts down", Shutdown::main);
    run("echo: 10,000 connections at once", Echo::main);
    run("chat: rooms, and a member who never listens", Chat::main);
    run("pages: a REST API's pages as one sequence", Pages::main);
    run("tokens: what a language model says, as it says it", Tokens::main);
    run("tail: the lines of a file that grows", Tail::main);
    run("homes: Swing's thread, and one of your own", Theatre::main);
    run("game: 100,000 scripts, a turn each frame", Game::main);
    run("robot: a command that interrupts another", Robot::main);
    run("simulation: SimPy's bank, machine shop and car wash", Simulation::main);
    run("crawl: HttpClient.sendAsync, awaited", Crawl::main);
  }

  private static void run(String headline, Program program) throws Exception {
    System.out.println("== " + headline);
    program.main(new String[0]);
    System.out.println();
  }
}
