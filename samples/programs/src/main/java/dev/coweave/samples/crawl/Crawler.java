package dev.coweave.samples.crawl;

import static dev.coweave.task.Task.await;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Follows all links of a site, with a number of requests at a time. Its fields are plain and need
 * no lock: all its tasks run on one loop, and others run only while this one waits.
 */
final class Crawler {
  private static final Pattern LINK = Pattern.compile("href=\"([^\"]+)\"");
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Set<URI> seen = new HashSet<>();
  private final Queue<URI> found = new ArrayDeque<>();

  int pages;
  int links;
  int broken;
  int timeouts;
  long bytes;

  /** Crawls what can be reached from a page; {@code width} requests at a time. */
  @Coroutine
  void crawl(URI home, int width) throws IOException {
    find(home);
    // In generations, so that a worker that finds nothing to do is really at the end.
    while (!found.isEmpty()) {
      Queue<URI> generation = new ArrayDeque<>(found);
      found.clear();
      List<Task<Void>> workers = new ArrayList<>();
      for (int i = 0; i < Math.min(width, generation.size()); i++) {
        workers.add(Task.start(() -> work(generation)));
      }
      for (Task<Void> worker : workers) {
        await(worker, IOException.class);
      }
    }
  }

  private void find(URI page) {
    if (seen.add(page)) {
      found.add(page);
    }
  }

  @Coroutine
  private void work(Queue<URI> pages) throws IOException {
    for (URI page = pages.poll(); page != null; page = pages.poll()) {
      try {
        visit(page);
      } catch (HttpTimeoutException e) {
        timeouts++;
      }
    }
  }

  @Coroutine
  private void visit(URI page) throws IOException {
    HttpRequest request = HttpRequest.newBuilder(page).timeout(PATIENCE).build();
    HttpResponse<String> response =
        await(client.sendAsync(request, BodyHandlers.ofString()), IOException.class);
    if (response.statusCode() != 200) {
      broken++;
      return;
    }
    pages++;
    bytes += response.body().length();
    for (Matcher link = LINK.matcher(response.body()); link.find(); ) {
      links++;
      find(page.resolve(link.group(1)));
    }
  }
}
