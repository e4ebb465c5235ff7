package dev.coweave.durable;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** The flight recorder's event of a checkpoint: how long its statement took, without the commit. */
@Name("dev.coweave.durable.Checkpoint")
@Label("Checkpoint of a durable run")
@Category("Coweave")
@StackTrace(false)
final class CheckpointEvent extends Event {
  @Label("Run")
  String run = "";

  @Label("Characters stored")
  int characters;

  @Label("Goes on at once")
  boolean keep;
}
