package dev.coweave.durable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What users write in their first days: reminders over a month, a conversation that goes on after its process, a saga. */
class SamplesTest {
  private final List<String> world = new ArrayList<>();

  private synchronized boolean does(String what) {
    return world.add(what);
  }

  // ---- reminders over thirty days

  class SignUp {
    @Durable
    @Coroutine
    String signUp(String mail) {
      Durable.step("welcome", () -> does("welcome " + mail));
      for (int days : new int[] {1, 6, 23}) {
        try {
          return "confirmed by "
              + Durable.receive("confirmed", String.class, Duration.ofDays(days));
        } catch (TimeoutException e) {
          Durable.step("remind", () -> does("reminder after " + days + " more days"));
        }
      }
      Durable.step("delete", () -> does("delete " + mail));
      return "deleted";
    }
  }

  @Test
  void reminders_areSentOverAMonth_inASecond() {
    try (DurableEngine engine = DurableEngine.inMemory()) {
      SignUp service = new SignUp();
      engine.service("sign-up", service);
      Run<String> ann = engine.start("ann", () -> service.signUp("ann@example.org"));
      engine.advance(Duration.ofDays(30));
      assertEquals("deleted", ann.join());
      assertEquals(
          List.of(
              "welcome ann@example.org",
              "reminder after 1 more days",
              "reminder after 6 more days",
              "reminder after 23 more days",
              "delete ann@example.org"),
          world);
      Run<String> bob = engine.start("bob", () -> service.signUp("bob@example.org"));
      engine.advance(Duration.ofDays(2));
      engine.send("bob", "confirmed", "link");
      engine.settle();
      assertEquals("confirmed by link", bob.join());
    }
  }

  // ---- an agent that asks a person, and goes on inside the method in another process

  record Turn(String who, String text) {}

  /** A stub of a language model: asks until it has been told a number. */
  class Model {
    String answer(List<Turn> talk) {
      does("asked with " + talk.size());
      String last = talk.get(talk.size() - 1).text();
      return last.matches("\\d+") ? "book " + last : "how many?";
    }
  }

  class Agent {
    private final Model model = new Model();

    @Durable
    @Coroutine
    String talk(String wish) {
      List<Turn> talk = new ArrayList<>();
      talk.add(new Turn("person", wish));
      while (true) {
        String answer = Durable.step("model", () -> model.answer(talk));
        talk.add(new Turn("agent", answer));
        if (answer.startsWith("book")) {
          return answer + " after " + talk.size() + " turns";
        }
        talk.add(new Turn("person", Durable.receive("reply", String.class)));
      }
    }
  }

  @Test
  void agent_goesOnInsideItsLoop_inTheNextProcess(@TempDir Path dir) {
    try (DurableEngine engine = DurableEngine.open(dir.resolve("agent"))) {
      Agent agent = new Agent();
      engine.service("agent", agent);
      engine.start("trip", () -> agent.talk("tickets, please"));
      while (engine.info("trip").waitsFor() == null) {
        Thread.onSpinWait();
      }
    }
    try (DurableEngine engine = DurableEngine.open(dir.resolve("agent"))) {
      engine.service("agent", new Agent());
      engine.send("trip", "reply", "3");
      assertEquals("book 3 after 4 turns", engine.<String>run("trip").join());
      assertEquals(List.of("asked with 1", "asked with 3"), world);
    }
  }

  // ---- a saga: what was done is undone, last first

  record Undo(String what, String key) {}

  class Trips {
    @Durable
    @Coroutine
    String book(List<String> parts) {
      List<Undo> undo = new ArrayList<>();
      try {
        for (String part : parts) {
          String key = Durable.step("book", k -> reserve(part));
          undo.add(new Undo(part, key));
          Durable.sleep("pause", Duration.ofHours(1));
        }
        return "booked " + undo.size();
      } catch (IllegalStateException | RunCancelled e) {
        for (int i = undo.size() - 1; i >= 0; i--) {
          Undo u = undo.get(i);
          Durable.step("cancel", () -> does("cancel " + u.what() + " " + u.key()));
        }
        throw e;
      }
    }

    private String reserve(String part) {
      if (part.equals("moon")) {
        throw new IllegalStateException("no flights to the moon");
      }
      does("book " + part);
      return "key of " + part;
    }
  }

  @Test
  void saga_undoesWhatWasDone_lastFirst() {
    try (DurableEngine engine = DurableEngine.inMemory()) {
      Trips trips = new Trips();
      engine.service("trips", trips);
      Run<String> run = engine.start("trip", () -> trips.book(List.of("hotel", "car", "moon")));
      engine.advance(Duration.ofDays(1));
      assertTrue(
          assertThrows(IllegalStateException.class, run::join).getMessage().contains("moon"));
      assertEquals(
          List.of("book hotel", "book car", "cancel car key of car", "cancel hotel key of hotel"),
          world);
    }
  }

  @Test
  void saga_undoesWhatWasDone_whenItIsCancelled() {
    try (DurableEngine engine = DurableEngine.inMemory()) {
      Trips trips = new Trips();
      engine.service("trips", trips);
      engine.start("trip", () -> trips.book(List.of("hotel", "car")));
      engine.settle();
      engine.cancel("trip");
      engine.settle();
      assertEquals(RunStatus.CANCELLED, engine.status("trip"));
      assertEquals(List.of("book hotel", "cancel hotel key of hotel"), world);
    }
  }
}
