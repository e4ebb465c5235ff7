package dev.coweave.durable;

/** How a {@link Durable#transaction(String, Isolation, Step.Transaction) transaction} is kept apart from others that go on at the same time. */
public enum Isolation {
  /** Each statement sees what is committed when it begins: the usual. */
  READ_COMMITTED,

  /** All statements see what was committed when the first began. */
  REPEATABLE_READ,

  /** As if one transaction came after the other. On H2 as {@link #REPEATABLE_READ}, where all engines' transactions come one after the other anyway. */
  SERIALIZABLE
}
