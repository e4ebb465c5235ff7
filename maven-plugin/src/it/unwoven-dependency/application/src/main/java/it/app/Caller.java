package it.app;

import dev.coweave.Coroutine;
import it.Clock;

class Caller {
  @Coroutine
  static int twice() {
    return Clock.tick() + Clock.tick();
  }
}
