package it;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.task.Task;

class More {
  static {
    Task.yield();
  }

  More() {
    Task.yield();
  }

  @Coroutine
  native void fromC();

  @Coroutine
  void f(int i) {
    Task.yield();
  }

  void f(int i, Continuation c) {}
}
