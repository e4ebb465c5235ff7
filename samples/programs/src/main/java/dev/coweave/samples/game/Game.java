package dev.coweave.samples.game;

import dev.coweave.Coroutine;
import dev.coweave.loop.TickLoop;
import dev.coweave.loop.Ticks;
import dev.coweave.task.Task;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletionException;

/** A game of 50 frames a second. Each of its creatures is a script: one that waits, fails or is taken away disturbs no other. */
public final class Game {
  private static final Duration FRAME = Duration.ofMillis(20);

  private final TickLoop world = new TickLoop();
  private int player;
  private boolean alarm;
  private long moves;

  private Game() {}

  private void say(String what) {
    System.out.printf(Locale.ROOT, "%4d ms  %s%n", world.time().toMillis(), what);
  }

  // ---- scripts

  /** Goes to and fro until it sees the player. */
  @Coroutine
  private void guard() {
    try {
      int place = 0;
      while (place != player) {
        for (int step = 0; step < 3; step++) {
          place++;
          Ticks.next();
        }
        Ticks.await(2); // looks around for two frames
      }
      say("guard: there you are, at " + place);
      alarm = true;
      Ticks.until(() -> !alarm);
      say("guard: all is quiet again");
    } finally {
      say("guard: off duty");
    }
  }

  /** Answers the alarm a while later, by the clock instead of frames. */
  @Coroutine
  private void captain() {
    Ticks.until(() -> alarm);
    Task.sleep(Duration.ofMillis(100));
    say("captain: false alarm");
    alarm = false;
  }

  @Coroutine
  private void ghost() {
    Ticks.await(4);
    throw new IllegalStateException("a ghost fell through the floor");
  }

  /** One of very many. */
  @Coroutine
  private void sheep(int number) {
    while (true) {
      Ticks.await(1 + number % 5);
      moves++;
    }
  }

  // ---- the game's own loop

  private void play(int frames) {
    for (int i = 0; i < frames; i++) {
      world.tick(FRAME);
      // here it would draw
    }
  }

  /**
   * Plays.
   *
   * @param args are ignored
   */
  public static void main(String[] args) {
    Game game = new Game();
    game.player = 6;
    game.world.start("guard", () -> game.guard());
    game.world.start("captain", () -> game.captain());
    Task<Void> ghost = game.world.start("ghost", () -> game.ghost());
    game.play(25);
    try {
      ghost.join();
    } catch (CompletionException e) {
      game.say(e.getCause().getMessage());
    }

    for (int i = 0; i < 100_000; i++) {
      int number = i;
      game.world.start(() -> game.sheep(number));
    }
    game.play(61);
    game.say("100,000 sheep made " + game.moves + " moves in 61 frames");

    game.player = -1;
    game.world.start("guard", () -> game.guard());
    game.play(10);
    game.world.close(); // ends them all: finally blocks run
    game.say("the game is over, with " + game.world.scripts() + " scripts");
  }
}
