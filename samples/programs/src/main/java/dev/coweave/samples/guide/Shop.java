package dev.coweave.samples.guide;

import java.util.concurrent.CompletableFuture;

/** Some service that answers later, by an ordinary future. */
public interface Shop {
  /**
   * Asks for a price.
   *
   * @param fruit a name
   * @return the price, later
   */
  CompletableFuture<Integer> price(String fruit);
}
