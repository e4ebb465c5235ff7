package dev.coweave.neighbours;

import dev.coweave.Coroutine;

/** An interface with a coroutine method. */
public interface Greeter {
  @Coroutine
  String greet(String name);
}
