package dev.coweave.neighbours;

import dev.coweave.Coroutine;

/** A greeter whose coroutine doesn't wait, as what stands under plain code must not. */
public class PromptGreeter extends WaitingGreeter {
  @Override
  @Coroutine
  public String greet(String name) {
    return word() + ", " + name;
  }

  @Override
  @Coroutine
  protected String word() {
    return "hi";
  }
}
