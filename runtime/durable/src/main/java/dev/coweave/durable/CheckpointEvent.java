package dev.coweave.durable;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** The flight recorder's event of a checkpoint: how long it took until it was committed; of one that is a part of a transaction, how long its statement took. */
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

  static CheckpointEvent begun() {
    CheckpointEvent event = new CheckpointEvent();
    event.begin();
    return event;
  }

  void end(String id, int size, boolean goesOn) {
    if (shouldCommit()) {
      run = id;
      characters = size;
      keep = goesOn;
      commit();
    }
  }
}
