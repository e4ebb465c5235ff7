package dev.coweave.junit.network;

import dev.coweave.CoroutineRunnable;
import dev.coweave.loop.EventLoop;

/** Where the same sockets are tried. */
enum World {
  REAL {
    @Override
    void run(CoroutineRunnable body) throws Exception {
      EventLoop.run(body);
    }
  },
  SIMULATED {
    @Override
    void run(CoroutineRunnable body) throws Exception {
      LoopStage.run(body);
    }
  };

  abstract void run(CoroutineRunnable body) throws Exception;
}
