package dev.coweave.semantics.model;

import dev.coweave.sync.Channel;
import java.util.Comparator;

/** What the steps happen to. */
final class Setting {
  static final int[] CAPACITIES = {0, 2, Channel.UNLIMITED, 3};

  /** The channel by priority. */
  static final int PRIORITY = 3;

  static final Comparator<Integer> ORDER = Comparator.comparing(item -> item % 5);
  static final int PERMITS = 2;
  static final int PARTIES = 3;

  private Setting() {}

  static boolean isEven(int item) {
    return item % 2 == 0;
  }
}
