package dev.coweave.durable.sql;

import java.sql.SQLException;

/** Somebody else has the run: what this node knows of it is out of date. */
public final class LeaseLost extends SQLException {
  private static final long serialVersionUID = 1;

  LeaseLost(String run) {
    super("the run " + run + " is no longer this node's");
  }
}
