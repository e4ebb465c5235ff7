package dev.coweave.loop;

import dev.coweave.loop.Inbox.Handed;
import dev.coweave.task.TaskState;
import dev.coweave.task.WaitCycles;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Looks for tasks of a loop that wait for each other in a circle, now and then, while the loop runs. */
final class CircleWatch {
  // A switch pays nothing for this, and a wait neither. By a real clock the watchdog asks for a
  // look, which the loop's thread takes between two steps; by a virtual one it comes after so many
  // cycles, the same in each run. A look at a part of the tasks takes less than a millisecond, or
  // a hundredth of what these cycles take.

  /** How many tasks are looked at in one look, by a real clock and by a virtual one. */
  private static final int PART = 5_000;

  private static final int VIRTUAL_PART = 64;

  /** After how many cycles a loop in virtual time looks. */
  private static final int CYCLES = 1024;

  /** How many looks must find it. The first of them may be a moment after it came about. */
  private static final int LOOKS = 2;

  /** The loop as this uses it. */
  interface Loop {
    /** Whether its clock jumps, in the same way each time. */
    boolean isVirtual();

    /** The next tasks, of all in turn; so many at most. */
    List<TaskState<?>> nextTasks(int most);

    /** Has the loop's thread look, as soon as it can. Any thread. */
    void lookSoon(Handed look);
  }

  private final Loop loop;
  private final Consumer<WaitCycles.Cycle> found;
  private final boolean virtual;
  private final int part;

  /** Made once, so that a loop which has not looked yet holds no more than one that has. */
  private final Handed toLook = new Handed.Control(this::look);

  private int cycles;

  /** Something has run since the last of the tasks was looked at; at first the first step of a plain call, which comes before the loop. */
  private boolean moved = true;

  private volatile boolean lookIsDue;
  private WaitCycles.@Nullable Cycle suspect;
  private int looks;

  CircleWatch(Loop loop, Consumer<WaitCycles.Cycle> found) {
    this.loop = loop;
    this.found = found;
    this.virtual = loop.isVirtual();
    this.part = virtual ? VIRTUAL_PART : PART;
  }

  // ---- the loop's thread

  /** A cycle has something to run. */
  void moved() {
    moved = true;
    if (virtual && ++cycles % CYCLES == 0) {
      look();
    }
  }

  private void look() {
    lookIsDue = false;
    WaitCycles.Cycle s = suspect;
    if (s == null || !s.stands()) {
      var next = loop.nextTasks(part);
      moved &= next.size() == part; // else these were the last
      suspect = WaitCycles.find(next);
      looks = 1;
    } else if (++looks >= LOOKS) {
      suspect = null;
      found.accept(s);
    }
  }

  // ---- the watchdog's thread

  /** Whether the loop has been asked to look, and hasn't yet. */
  boolean isDue() {
    return lookIsDue;
  }

  void tick() {
    if (!virtual && (moved || suspect != null) && !lookIsDue) {
      lookIsDue = true;
      loop.lookSoon(toLook);
    }
  }
}
