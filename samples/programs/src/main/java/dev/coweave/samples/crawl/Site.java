package dev.coweave.samples.crawl;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A web site on the loopback interface, to be crawled: some thousand pages, a few links that lead
 * nowhere, a page that hangs.
 */
final class Site implements AutoCloseable {
  private static final int HANGING = 1_000;
  private static final int BROKEN_LINK_EVERY = 100;

  private final int pages;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newFixedThreadPool(4);

  Site(int pages) throws IOException {
    // Without it each small answer waits 40 ms for the client's delayed acknowledgement.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    this.pages = pages;
    server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  URI home() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/page/0");
  }

  private void answer(HttpExchange exchange) throws IOException {
    int page = Integer.parseInt(exchange.getRequestURI().getPath().replaceFirst(".*/", ""));
    if (page == HANGING) {
      return; // never answers
    }
    byte[] body = (page < pages ? html(page) : "no such page").getBytes(UTF_8);
    exchange.sendResponseHeaders(page < pages ? 200 : 404, body.length);
    try (OutputStream out = exchange.getResponseBody()) { // closes the answer, not the connection
      out.write(body);
    }
  }

  /** Each page links to two of its own, and to one that others link to as well. */
  private String html(int page) {
    StringBuilder html = new StringBuilder("<title>Page " + page + "</title>\n");
    for (int next : new int[] {2 * page + 1, 2 * page + 2, page * 7 % pages}) {
      if (next < pages) {
        html.append("<a href=\"/page/").append(next).append("\">").append(next).append("</a>\n");
      }
    }
    if (page % BROKEN_LINK_EVERY == 0) {
      html.append("<a href=\"/page/").append(pages + page).append("\">gone</a>\n");
    }
    return html.toString();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
