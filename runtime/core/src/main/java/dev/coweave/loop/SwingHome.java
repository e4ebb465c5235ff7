package dev.coweave.loop;

import dev.coweave.task.Home;
import java.awt.EventQueue;

/** Swing's event dispatch thread. The one class of the runtime that uses AWT; loaded on that thread. */
final class SwingHome implements Home {
  static final Home IT = new SwingHome();

  private SwingHome() {}

  @Override
  public boolean isHere() {
    return EventQueue.isDispatchThread();
  }

  @Override
  public void execute(Runnable job) {
    EventQueue.invokeLater(job);
  }

  @Override
  public String toString() {
    return "Swing's event dispatch thread";
  }
}
