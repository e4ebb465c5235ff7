package dev.coweave.samples.crawl;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import java.io.IOException;
import java.time.Duration;

/** Crawls a site of 2,000 pages, 32 requests at a time, and sums it up. */
public final class Crawl {
  private static final int PAGES = 2_000;
  private static final int WIDTH = 32;

  private Crawl() {}

  /** Says how far the crawler is, if anybody looks, until it is cancelled. */
  @Coroutine
  private static void showProgress(Crawler crawler) {
    if (System.console() == null) {
      return;
    }
    try {
      while (true) {
        System.err.printf("\r%d pages ", crawler.pages);
        Task.sleep(Duration.ofMillis(100));
      }
    } finally {
      System.err.print("\r            \r");
    }
  }

  /**
   * Crawls.
   *
   * @param args are ignored
   * @throws IOException when a page can't be fetched, unless it takes too long
   */
  @Coroutine
  public static void main(String[] args) throws IOException {
    try (Site site = new Site(PAGES)) {
      Crawler crawler = new Crawler();
      Task<Void> progress = Task.start(() -> showProgress(crawler));
      crawler.crawl(site.home(), WIDTH);
      progress.cancel(false);
      Task.yield(); // its turn to end
      System.out.println("pages:        " + crawler.pages);
      System.out.println("links:        " + crawler.links);
      System.out.println("broken links: " + crawler.broken);
      System.out.println("timeouts:     " + crawler.timeouts);
      System.out.println("bytes:        " + crawler.bytes);
    }
  }
}
