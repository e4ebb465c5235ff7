package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.coweave.Coroutine;
import dev.coweave.io.UdpSocket;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import org.junit.jupiter.api.Test;

/** Where too many files are open for another selector: who waits for a channel is told, and can try again. */
class WithoutSelectorsTest {
  /** Opens no selectors until it is told. */
  public static final class Provider extends SelectorProvider {
    private static volatile boolean opens;
    private final SelectorProvider usual;

    public Provider() throws ReflectiveOperationException {
      usual =
          (SelectorProvider)
              Class.forName("sun.nio.ch.DefaultSelectorProvider").getMethod("get").invoke(null);
    }

    @Override
    public AbstractSelector openSelector() throws IOException {
      if (!opens) {
        throw new IOException("Too many open files");
      }
      return usual.openSelector();
    }

    @Override
    public DatagramChannel openDatagramChannel() throws IOException {
      return usual.openDatagramChannel();
    }

    @Override
    public DatagramChannel openDatagramChannel(ProtocolFamily family) throws IOException {
      return usual.openDatagramChannel(family);
    }

    @Override
    public Pipe openPipe() throws IOException {
      return usual.openPipe();
    }

    @Override
    public ServerSocketChannel openServerSocketChannel() throws IOException {
      return usual.openServerSocketChannel();
    }

    @Override
    public SocketChannel openSocketChannel() throws IOException {
      return usual.openSocketChannel();
    }
  }

  /** Receives a datagram in a task of a loop and in one of an executor, without selectors and with them. */
  static final class Program {
    private Program() {}

    public static void main(String[] args) throws Exception {
      EventLoop.run(Program::receiveTwice);
      Task.start(Runnable::run, Program::receiveTwice).get();
    }

    @Coroutine
    private static void receiveTwice() throws Exception {
      try (UdpSocket socket = UdpSocket.bind(new InetSocketAddress("localhost", 0))) {
        Provider.opens = false;
        System.out.println(receive(socket));
        Provider.opens = true;
        Task<String> receiver = Task.start(() -> receive(socket));
        Task.yield(); // It waits now.
        socket.send(ByteBuffer.allocate(1), socket.localAddress());
        System.out.println(Task.await(receiver));
      }
    }

    @Coroutine
    private static String receive(UdpSocket socket) {
      String outcome;
      try {
        socket.receive(ByteBuffer.allocate(1));
        outcome = "received";
      } catch (IOException e) {
        outcome = e.getMessage();
      }
      Task.yield(); // A wait that could not begin has left nothing behind.
      return outcome;
    }
  }

  @Test
  void whoWaits_isTold_andMayTryAgain() throws Exception {
    String once = "no selector can be opened: Too many open files\nreceived\n";
    assertEquals(
        once + once,
        OwnJvm.output(
            0,
            Program.class,
            "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
            "-Djava.nio.channels.spi.SelectorProvider=" + Provider.class.getName()));
  }
}
