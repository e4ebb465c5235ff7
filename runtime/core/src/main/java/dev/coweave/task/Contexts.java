package dev.coweave.task;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The values that each {@link ThreadContext} keeps: for a task while it is parked, for a thread while it runs a task. Immutable. */
final class Contexts {
  // In a turn:
  //
  //   TaskState.enterContexts   own = the thread's;        the thread's = the task's
  //   TaskState.leaveContexts   the task's = the thread's; the thread's = own
  //
  // The first two are constants: where there is no context the JIT leaves out all that asks.

  private static final List<ThreadContext<?>> ALL = load();

  /** Whether there is a context to keep. */
  static final boolean ANY = !ALL.isEmpty();

  /** Whose failure has been told, by context. A race tells it twice. */
  private static final boolean[] REPORTED = new boolean[ALL.size()];

  /** By context; null too where asking for it failed. */
  private final @Nullable Object[] kept = new @Nullable Object[ALL.size()];

  private Contexts() {}

  private static List<ThreadContext<?>> load() {
    List<ThreadContext<?>> all = new ArrayList<>();
    try {
      for (ThreadContext<?> c :
          Services.load(
              ThreadContext.class, "a ThreadContext can't be loaded; tasks run without it")) {
        if (isUsed(c)) {
          all.add(c);
        }
      }
    } catch (Throwable t) {
      RuntimeLog.error("ThreadContexts can't be loaded; tasks run without them", t);
    }
    return List.copyOf(all);
  }

  private static boolean isUsed(ThreadContext<?> c) {
    try {
      return c.isUsed();
    } catch (Throwable t) {
      RuntimeLog.error(
          "the ThreadContext " + c.getClass().getName() + " failed; tasks run without it", t);
      return false;
    }
  }

  /** Returns the calling thread's; null where there is no context to ask. */
  static @Nullable Contexts ofThread() {
    if (!ANY) {
      return null;
    }
    Contexts c = new Contexts();
    for (int i = 0; i < c.kept.length; i++) {
      try {
        c.kept[i] = ALL.get(i).get();
      } catch (Throwable t) {
        failed(i, t);
      }
    }
    return c;
  }

  /** Puts on the calling thread what was kept, if anything was. */
  static void toThread(@Nullable Contexts c) {
    if (c == null) {
      return;
    }
    for (int i = 0; i < c.kept.length; i++) {
      try {
        set(ALL.get(i), c.kept[i]);
      } catch (Throwable t) {
        failed(i, t);
      }
    }
  }

  @SuppressWarnings("unchecked") // it made it
  private static <S> void set(ThreadContext<S> context, @Nullable Object kept) {
    context.set((S) kept);
  }

  private static void failed(int i, Throwable t) {
    if (!REPORTED[i]) {
      REPORTED[i] = true;
      RuntimeLog.error(
          "the ThreadContext " + ALL.get(i).getClass().getName() + " failed; told once", t);
    }
  }
}
