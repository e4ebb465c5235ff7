package dev.coweave.samples.chat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.coweave.Coroutine;
import dev.coweave.io.TcpConnection;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** A client of the chat, which keeps what it hears. */
final class Talker implements AutoCloseable {
  private final TcpConnection connection;
  private final List<String> heard = new ArrayList<>();

  private Talker(TcpConnection connection) {
    this.connection = connection;
  }

  @Coroutine
  static Talker enter(InetSocketAddress server, String name, String room) throws IOException {
    Talker talker = new Talker(TcpConnection.connect(server));
    talker.say(name);
    talker.say(room);
    return talker;
  }

  @Coroutine
  void say(String line) throws IOException {
    connection.write((line + "\n").getBytes(UTF_8));
  }

  /** Listens until a line comes. */
  @Coroutine
  void hear(String last) throws IOException {
    String line;
    do {
      line = connection.readLine();
      if (line == null) {
        throw new EOFException("the end, before: " + last);
      }
      heard.add(line);
    } while (!line.equals(last));
  }

  /** Listens until nothing comes any more; gives all that was heard. */
  @Coroutine
  List<String> hearTheRest() throws IOException {
    for (String line = connection.readLine(); line != null; line = connection.readLine()) {
      heard.add(line);
    }
    return heard;
  }

  @Override
  public void close() throws IOException {
    connection.close();
  }
}
