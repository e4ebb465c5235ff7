package dev.coweave.durable;

import dev.coweave.durable.format.FormatException;
import org.jspecify.annotations.Nullable;

/** The engine can't do what it was asked for: the message tells why, with a code that docs/errors.md explains. */
public final class DurableException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** An exception with a message that begins with its code, if it has one. */
  public DurableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  static DurableException of(FormatException e) {
    return new DurableException(String.valueOf(e.getMessage()), e.getCause());
  }

  /** Such as {@code COWEAVE-452}; empty where the database couldn't be asked: what was asked may then have been done or not. */
  public String code() {
    String message = String.valueOf(getMessage());
    return message.startsWith("COWEAVE-") ? message.substring(0, message.indexOf(':')) : "";
  }
}
