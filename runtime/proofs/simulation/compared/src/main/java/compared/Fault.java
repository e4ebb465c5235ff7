package compared;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Five of the known faults, with threads in place of tasks. */
enum Fault {
  /** Both read the balance before either writes it. */
  LOST_UPDATE {
    @Override
    void run(boolean correct) {
      AtomicInteger balance = new AtomicInteger();
      ReentrantLock lock = new ReentrantLock();
      Thread other = start(() -> deposit(balance, 1, correct ? lock : new ReentrantLock()));
      deposit(balance, 2, correct ? lock : new ReentrantLock());
      join(other);
      check(balance.get() == 3, "a deposit was lost");
    }

    private void deposit(AtomicInteger balance, int amount, ReentrantLock lock) {
      lock.lock();
      int before = balance.get();
      Thread.yield();
      balance.set(before + amount);
      lock.unlock();
    }
  },

  /** Two transfers in opposite directions. */
  LOCK_ORDER {
    @Override
    void run(boolean correct) {
      ReentrantLock a = new ReentrantLock();
      ReentrantLock b = new ReentrantLock();
      Thread there = start(() -> transfer(a, b));
      Thread back = start(() -> transfer(correct ? a : b, correct ? b : a));
      join(there);
      join(back);
    }

    private void transfer(ReentrantLock from, ReentrantLock to) {
      from.lock();
      Thread.yield();
      to.lock();
      to.unlock();
      from.unlock();
    }
  },

  /** Producers and consumers wait in one queue, of which one is woken: perhaps of the wrong kind. */
  ONE_CONDITION_FOR_TWO {
    private static final int PAIRS = 4;

    @Override
    void run(boolean correct) {
      boolean[] full = new boolean[1];
      ReentrantLock lock = new ReentrantLock();
      Deque<Condition> waiters = new ArrayDeque<>();
      List<Thread> all = new ArrayList<>();
      for (int i = 0; i < 2 * PAIRS; i++) {
        boolean to = i % 2 == 0;
        all.add(start(() -> set(to, full, lock, waiters, correct)));
      }
      all.forEach(Fault::join);
    }

    private void set(
        boolean to, boolean[] full, ReentrantLock lock, Deque<Condition> waiters, boolean correct) {
      lock.lock();
      while (full[0] == to) {
        Condition mine = lock.newCondition();
        waiters.add(mine);
        mine.awaitUninterruptibly();
      }
      full[0] = to;
      while (!waiters.isEmpty()) {
        waiters.poll().signal();
        if (!correct) {
          break;
        }
      }
      lock.unlock();
    }
  },

  /** An interrupt between lock and unlock, and no finally. */
  LOCK_NOT_RELEASED {
    @Override
    void run(boolean correct) {
      ReentrantLock lock = new ReentrantLock();
      Thread worker = start(() -> work(lock, correct));
      Thread.yield();
      worker.interrupt();
      lock.lock();
      lock.unlock();
      join(worker);
    }

    private void work(ReentrantLock lock, boolean correct) {
      lock.lock();
      try {
        Thread.sleep(1);
        if (!correct) {
          lock.unlock();
        }
      } catch (InterruptedException e) {
        // ends
      } finally {
        if (correct) {
          lock.unlock();
        }
      }
    }
  },

  /** The timer of a request that was answered in time, just so, ends the next. */
  TIMER_OF_AN_OLD_REQUEST {
    @Override
    void run(boolean correct) {
      AtomicInteger current = new AtomicInteger(1);
      AtomicInteger timedOut = new AtomicInteger();
      Thread timer =
          start(
              () -> {
                int mine = 1;
                sleep(10);
                timedOut.set(correct ? mine : current.get());
              });
      sleep(10);
      current.set(2);
      join(timer);
      check(timedOut.get() != 2, "the second request has timed out at once");
    }
  };

  abstract void run(boolean correct);

  static Thread start(Runnable body) {
    Thread t = new Thread(body);
    t.start();
    return t;
  }

  static void join(Thread t) {
    try {
      t.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void sleep(int millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }
}
