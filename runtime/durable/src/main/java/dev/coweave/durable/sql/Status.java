package dev.coweave.durable.sql;

import java.util.Locale;

/** What has become of a run. */
public enum Status {
  ACTIVE,
  PARKED,
  DONE,
  FAILED,
  CANCELLED,
  TERMINATED;

  /** As it stands in the table. */
  String column() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Status of(String column) {
    return valueOf(column.toUpperCase(Locale.ROOT));
  }

  /** Whether it is over. */
  public boolean isEnd() {
    return this != ACTIVE && this != PARKED;
  }
}
