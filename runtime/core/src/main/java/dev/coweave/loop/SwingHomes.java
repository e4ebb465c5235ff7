package dev.coweave.loop;

import dev.coweave.task.Home;
import org.jspecify.annotations.Nullable;

/** Knows Swing's event dispatch thread. Where there is none, nothing of AWT is loaded. */
final class SwingHomes implements Homes {
  @Override
  public @Nullable Home home() {
    Class<?> c = Thread.currentThread().getClass();
    return c != Thread.class && c.getName().equals("java.awt.EventDispatchThread")
        ? SwingHome.IT
        : null;
  }
}
