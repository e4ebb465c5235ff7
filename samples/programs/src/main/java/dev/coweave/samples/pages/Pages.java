package dev.coweave.samples.pages;

import static dev.coweave.task.Task.await;

import com.sun.net.httpserver.HttpServer;
import dev.coweave.Coroutine;
import dev.coweave.flow.AsyncGenerator;
import dev.coweave.generator.Generator;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;

/** Reads a paged API: a page is fetched when its first item is asked for, and no page too many. */
public final class Pages {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private Pages() {}

  /** The items of all pages; the header Next says where the next page is. */
  @Coroutine
  static AsyncGenerator<String> items(URI first) throws IOException {
    for (URI page = first; page != null; ) {
      HttpResponse<String> r =
          await(CLIENT.sendAsync(HttpRequest.newBuilder(page).build(), BodyHandlers.ofString()));
      if (r.statusCode() != 200) {
        throw new IOException("HTTP " + r.statusCode());
      }
      for (String item : r.body().split(",")) {
        Generator.yield(item);
      }
      page = r.headers().firstValue("Next").map(page::resolve).orElse(null);
    }
    return AsyncGenerator.end();
  }

  /** A consumer that stops early: the pages after it are never fetched. */
  @Coroutine
  static String find(URI first, String prefix) throws IOException {
    try (AsyncGenerator<String> all = items(first)) {
      while (all.hasNext()) {
        String item = all.next();
        if (item.startsWith(prefix)) {
          return item;
        }
      }
    }
    return "none";
  }

  /**
   * Reads from a server of its own.
   *
   * @param args are ignored
   * @throws IOException if a page can't be read
   */
  @Coroutine
  public static void main(String[] args) throws IOException {
    String[] pages = {"apple,apricot", "banana,blueberry", "cherry", "damson,date"};
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          int n = Integer.parseInt(exchange.getRequestURI().getPath().substring(1));
          System.out.println("(page " + n + " is fetched)");
          if (n + 1 < pages.length) {
            exchange.getResponseHeaders().add("Next", "/" + (n + 1));
          }
          byte[] body = pages[n].getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    try {
      InetSocketAddress address = server.getAddress();
      URI first = URI.create("http://" + address.getHostString() + ":" + address.getPort() + "/0");
      System.out.println("first with b: " + find(first, "b"));
      items(first)
          .filter(item -> item.length() == 6)
          .map(item -> item.toUpperCase(java.util.Locale.ROOT))
          .forEach(System.out::println);
    } finally {
      server.stop(0);
    }
  }
}
