package dev.coweave.samples.robot;

import dev.coweave.task.Task;

/** A part of a robot, which one command at a time may move. */
final class Part {
  final String name;

  /** The command that has it; null for none. */
  Task<?> holder;

  Part(String name) {
    this.name = name;
  }

  @Override
  public String toString() {
    return name;
  }
}
