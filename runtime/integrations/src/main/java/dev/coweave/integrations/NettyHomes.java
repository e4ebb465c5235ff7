package dev.coweave.integrations;

import dev.coweave.loop.Homes;
import dev.coweave.task.Home;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.internal.ThreadExecutorMap;
import org.jspecify.annotations.Nullable;

/** Knows the threads of Netty's event loops, which may not be blocked, and of its other executors, which may. Found as a service. */
public final class NettyHomes implements Homes {
  private static final boolean THERE =
      Libraries.have("io.netty.channel.EventLoop")
          && Libraries.have("io.netty.util.internal.ThreadExecutorMap");

  /** For the service loader. */
  public NettyHomes() {}

  @Override
  public @Nullable Home home() {
    return THERE ? Here.home() : null;
  }

  /** Loaded where Netty is there. */
  private static final class Here {
    static @Nullable Home home() {
      EventExecutor executor = ThreadExecutorMap.currentExecutor();
      return executor != null && executor.inEventLoop() ? new Loop(executor) : null;
    }
  }

  private record Loop(EventExecutor executor) implements Home {
    @Override
    public boolean isHere() {
      return executor.inEventLoop();
    }

    @Override
    public boolean mayBlock() {
      return !(executor instanceof EventLoop);
    }

    @Override
    public void execute(Runnable job) {
      executor.execute(job);
    }

    @Override
    public String toString() {
      return executor instanceof EventLoop ? "Netty's event loop" : "Netty's executor " + executor;
    }
  }
}
