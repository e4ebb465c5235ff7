package dev.coweave.integrations;

import dev.coweave.loop.Homes;
import dev.coweave.task.Home;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/** Knows the contexts of Vert.x: those of event loops, which may not be blocked, and of workers, which may. Found as a service. */
public final class VertxHomes implements Homes {
  private static final boolean THERE = Libraries.have("io.vertx.core.Vertx");

  /** For the service loader. */
  public VertxHomes() {}

  @Override
  public @Nullable Home home() {
    return THERE ? Here.home() : null;
  }

  /** Loaded where Vert.x is there. */
  private static final class Here {
    static @Nullable Home home() {
      Context context = Vertx.currentContext();
      // A worker thread that runs a blocking call of an event loop's context is not that loop.
      return context != null && context.isEventLoopContext() == Context.isOnEventLoopThread()
          ? new InContext(context)
          : null;
    }
  }

  private record InContext(Context context) implements Home {
    @Override
    public boolean isHere() {
      return Vertx.currentContext() == context
          && context.isEventLoopContext() == Context.isOnEventLoopThread();
    }

    @Override
    public boolean mayBlock() {
      return !context.isEventLoopContext();
    }

    @Override
    public void execute(Runnable job) {
      context.runOnContext(none -> job.run());
    }

    @Override
    public String toString() {
      return context.isEventLoopContext() ? "Vert.x's event loop" : "Vert.x's worker context";
    }
  }
}
