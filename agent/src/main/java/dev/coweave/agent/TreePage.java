package dev.coweave.agent;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.coweave.agent.TargetJvm.Unreachable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Set;

/**
 * The live tasks of another JVM on a page for a browser of this machine. It can only be read, and is served by the process of the command: in
 * the JVM that is looked at there is no server.
 */
final class TreePage implements AutoCloseable {
  private static final int METHOD_NOT_ALLOWED = 405;
  private static final int FORBIDDEN = 403;
  private static final int NOT_FOUND = 404;
  private static final int BAD_GATEWAY = 502;
  private static final int OK = 200;

  /** The page's own requests have this header; those that another page makes a browser send can't (Fetch, 4.10: CORS). */
  private static final String OWN = "X-Coweave";

  private final TargetJvm jvm;
  private final HttpServer server;

  /** Whether the JVM may be made to dump its heap. */
  private final boolean generators;

  /** What a browser that was led here by another name would send is refused (DNS rebinding). */
  private final Set<String> hosts;

  private TreePage(TargetJvm jvm, HttpServer server, boolean generators) {
    this.jvm = jvm;
    this.server = server;
    this.generators = generators;
    int port = server.getAddress().getPort();
    this.hosts = Set.of("localhost:" + port, "127.0.0.1:" + port, "[::1]:" + port);
  }

  /**
   * Serves the page until it is closed.
   *
   * @param jvm what is looked at
   * @param port of the loopback address; 0 for any that is free
   * @param generators whether it offers to look for generators
   * @throws IOException if the port is taken
   */
  static TreePage open(TargetJvm jvm, int port, boolean generators) throws IOException {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    TreePage page = new TreePage(jvm, HttpServer.create(address, 0), generators);
    page.server.createContext("/", page::answer);
    page.server.start();
    return page;
  }

  /** Where a browser finds it. */
  String address() {
    return "http://localhost:" + server.getAddress().getPort() + "/";
  }

  /** One request at a time: the server has one thread. */
  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String host = exchange.getRequestHeaders().getFirst("Host");
      if (host == null || !hosts.contains(host)) {
        send(exchange, FORBIDDEN, "text/plain", "only for " + address());
      } else if (!exchange.getRequestMethod().equals("GET")) {
        send(exchange, METHOD_NOT_ALLOWED, "text/plain", "this page can only be read");
      } else {
        answer(exchange, exchange.getRequestURI().getPath());
      }
    }
  }

  private void answer(HttpExchange exchange, String path) throws IOException {
    switch (path) {
      case "/" -> send(exchange, OK, "text/html", page());
      case "/tree.json" -> sendJson(exchange, () -> jvm.askEach("json").toString());
      case "/generators.json" -> {
        if (!generators) {
          send(exchange, FORBIDDEN, "text/plain", "only with pstree --page --generators");
        } else if (exchange.getRequestHeaders().getFirst(OWN) == null) {
          send(exchange, FORBIDDEN, "text/plain", "only with a header " + OWN);
        } else {
          sendJson(exchange, () -> LiveGenerators.in(jvm).json());
        }
      }
      default -> send(exchange, NOT_FOUND, "text/plain", "there is / and /tree.json");
    }
  }

  private interface Answer {
    String json() throws Unreachable;
  }

  private static void sendJson(HttpExchange exchange, Answer answer) throws IOException {
    String json;
    try {
      json = answer.json();
    } catch (Unreachable e) {
      send(exchange, BAD_GATEWAY, "text/plain", "the process doesn't answer: " + e.getMessage());
      return;
    }
    send(exchange, OK, "application/json", json);
  }

  private String page() throws IOException {
    try (InputStream in = TreePage.class.getResourceAsStream("tree.html")) {
      String page = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      return generators ? page.replace("id=\"generators\" hidden", "id=\"generators\"") : page;
    }
  }

  private static void send(HttpExchange exchange, int status, String type, String text)
      throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type + "; charset=utf-8");
    exchange.getResponseHeaders().set("Cache-Control", "no-store");
    exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
    exchange
        .getResponseHeaders()
        .set(
            "Content-Security-Policy",
            "default-src 'self' 'unsafe-inline'; frame-ancestors 'none'");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
