package dev.coweave.semantics;

import dev.coweave.CoroutineRunnable;
import dev.coweave.junit.CoroutineTests;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;

/** Where the same tests of sockets run: their rules are the same in both. */
enum World {
  /** Over loopback. */
  REAL {
    @Override
    void run(CoroutineRunnable body) throws Exception {
      EventLoop.run(body);
    }

    @Override
    void runInVirtualTime(CoroutineRunnable body) throws Exception {
      EventLoop.run(new VirtualClock(), body);
    }
  },

  /** In a simulated network, whose time is virtual always: in this order and in another, or in as many as COWEAVE_SEEDS says. */
  SIMULATED {
    private static final int SEEDS = 2;

    @Override
    void run(CoroutineRunnable body) throws Exception {
      CoroutineTests.run(SEEDS, sim -> body.run());
    }

    @Override
    void runInVirtualTime(CoroutineRunnable body) throws Exception {
      run(body);
    }
  };

  abstract void run(CoroutineRunnable body) throws Exception;

  abstract void runInVirtualTime(CoroutineRunnable body) throws Exception;
}
