package dev.coweave.concurrency;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** What became of the submissions: a run in which all are accepted, or all refused, has raced nothing. */
final class Tally {
  /** What may become of one. */
  enum Fate {
    ENDED,
    CANCELLED,
    GIVEN_BACK,
    REFUSED
  }

  private final Map<Fate, Long> counts = new EnumMap<>(Fate.class);

  void count(Fate fate) {
    counts.merge(fate, 1L, Long::sum);
  }

  @Override
  public String toString() {
    StringBuilder all = new StringBuilder("submissions:");
    counts.forEach(
        (fate, n) ->
            all.append(
                String.format(
                    " %,d %s,", n, fate.name().toLowerCase(Locale.ROOT).replace('_', ' '))));
    return all.substring(0, all.length() - 1);
  }
}
