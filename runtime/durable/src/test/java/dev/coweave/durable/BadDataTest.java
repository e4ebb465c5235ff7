package dev.coweave.durable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Rows that nobody wrote who should: each is parked with a code, no other run notices, and nothing is made that the program doesn't name. */
class BadDataTest {
  record Card(String number, int month, List<String> owners) {}

  @Durable
  @Coroutine
  static String pay(Card card, Map<String, Object> notes, long cents) {
    int tries = 3;
    try {
      Durable.sleep("grace", Duration.ofHours(1));
    } catch (IllegalStateException e) {
      tries++;
    }
    return card.number() + card.month() + card.owners().size() + notes.size() + cents + tries;
  }

  private static Map<String, Object> notes() {
    Map<String, Object> notes = new HashMap<>();
    notes.put("when", java.time.LocalDate.of(2026, 5, 4));
    notes.put("parts", new ArrayList<>(List.of(1, 2L, "three")));
    return notes;
  }

  private static void start(DurableEngine engine, String id) {
    engine.start(id, () -> pay(new Card("4711", 5, List.of("a", "b")), notes(), 1L << 40));
  }

  /** Stores texts in place of what runs have. */
  private static Map<String, RunInfo> loaded(Map<String, String> texts) {
    try (DurableEngine engine =
        DurableEngine.inMemory(DurableOptions.defaults().reload(true).maxClaims(2))) {
      texts.keySet().forEach(id -> start(engine, id));
      start(engine, "good");
      engine.settle();
      engine.ask(
          c -> {
            try (PreparedStatement s =
                c.prepareStatement("UPDATE coweave_run SET state = ? WHERE id = ?")) {
              for (Map.Entry<String, String> e : texts.entrySet()) {
                s.setString(1, e.getValue());
                s.setString(2, e.getKey());
                s.executeUpdate();
              }
              return true;
            }
          });
      engine.advance(Duration.ofHours(1));
      assertEquals("47115221099511627776" + "3", engine.<String>run("good").join());
      Map<String, RunInfo> result = new TreeMap<>();
      texts.keySet().forEach(id -> result.put(id, engine.info(id)));
      return result;
    }
  }

  private static String stored() {
    try (DurableEngine engine = DurableEngine.inMemory()) {
      start(engine, "a");
      engine.settle();
      return String.valueOf(engine.info("a").state());
    }
  }

  private static void assertParked(RunInfo run, String text) {
    assertEquals(RunStatus.PARKED, run.status(), () -> text + "\n" + run);
    assertTrue(String.valueOf(run.code()).startsWith("COWEAVE-4"), run::toString);
  }

  @Test
  void truncatedTexts_areParked() {
    String text = stored();
    Map<String, String> texts = new LinkedHashMap<>();
    for (int end = 0; end < text.length(); end += 7) {
      texts.put("cut at " + end, text.substring(0, end));
    }
    loaded(texts).forEach((id, run) -> assertParked(run, texts.get(id)));
  }

  @Test
  void mutatedTexts_goOnOrAreParked() {
    String text = stored();
    Random random = new Random(Long.getLong("coweave.seed", 15));
    Map<String, String> texts = new LinkedHashMap<>();
    for (int i = 0; i < Integer.getInteger("coweave.mutants", 300); i++) {
      texts.put("mutant " + i, mutant(text, random));
    }
    loaded(texts)
        .forEach(
            (id, run) -> {
              boolean ended = run.status().ordinal() > RunStatus.PARKED.ordinal();
              if (!ended) {
                assertParked(run, texts.get(id));
              }
            });
  }

  private static String mutant(String text, Random random) {
    StringBuilder s = new StringBuilder(text);
    for (int n = 1 + random.nextInt(3); n > 0; n--) {
      int at = random.nextInt(s.length());
      int to = Math.min(s.length(), at + 1 + random.nextInt(12));
      int from = random.nextInt(s.length());
      switch (random.nextInt(4)) {
        case 0 -> s.setCharAt(at, (char) (' ' + random.nextInt(96)));
        case 1 -> s.delete(at, to);
        case 2 -> s.insert(at, s.substring(from, Math.min(s.length(), from + 12)));
        default -> s.replace(at, to, s.substring(from, Math.min(s.length(), from + to - at)));
      }
    }
    return s.toString();
  }

  @Test
  void textsThatAttack_areParked_andMakeNothing() {
    String text = stored();
    assertTrue(text.contains("\"notes\":"), text);
    String canary = "dev.coweave.durable.Canary";
    List<String> values =
        List.of(
            "{\"@\":\"" + canary + "\"}",
            "{\"@\":\"" + canary + "[]\",\"v\":[]}",
            "{\"@\":\"throwable\",\"is\":[\"" + canary + "\"],\"message\":null,\"stack\":[]}",
            "{\"@\":\"EnumSet\",\"of\":\"" + canary + "\",\"v\":[]}",
            "{\"@\":\"java.lang.ProcessBuilder\",\"command\":[\"x\"]}",
            "{\"@\":\"java.lang.Class\",\"v\":\"" + canary + "\"}",
            "{\"@\":\"java.net.URL\",\"v\":\"http://localhost\"}",
            "{\"#ref\":7}",
            "{\"@\":\"ArrayList\",\"v\":{\"a\":1}}",
            "{\"@\":\"HashMap\",\"v\":[[1]]}",
            "{\"@\":5}",
            "[".repeat(1000) + "]".repeat(1000),
            "9".repeat(2000),
            "{\"@\":\"long\",\"v\":1e999999999}",
            "{\"@\":\"Card\",\"number\":\"1\"}",
            "\"a\"",
            "17");
    Map<String, String> texts = new LinkedHashMap<>();
    for (int i = 0; i < values.size(); i++) {
      String value = values.get(i);
      texts.put(
          "attack " + i,
          text.replaceFirst(
              "\"notes\":\\{.*?\\]\\]\\}",
              java.util.regex.Matcher.quoteReplacement("\"notes\":" + value)));
    }
    texts.put("format", text.replace("\"format\":1", "\"format\":2"));
    texts.put("class", text.replace(BadDataTest.class.getName(), "com.gone.Orders"));
    texts.put("canary's class", text.replace(BadDataTest.class.getName(), canary));
    texts.put("method", text.replace("\"pay\"", "\"gone\""));
    texts.put("point", text.replace("sleep:grace", "sleep:other"));
    texts.put("code", text.replaceFirst("\"code\":\"\\w+\"", "\"code\":\"0\""));
    texts.put("no frames", "{\"format\":1,\"frames\":[]}");
    texts.put("frames of a number", "{\"format\":1,\"frames\":7}");
    texts.put("two frames", text.replaceFirst("\\{\"class\".*\\}\\}", "$0,$0"));
    texts.put("empty", "");
    texts.forEach((id, t) -> assertTrue(!t.equals(text), id));
    loaded(texts).forEach((id, run) -> assertParked(run, texts.get(id)));
    assertNull(System.getProperty("coweave.test.canary"));
  }
}
