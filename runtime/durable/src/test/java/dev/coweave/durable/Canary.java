package dev.coweave.durable;

/** What no durable class names: it tells when one is made. */
final class Canary extends RuntimeException {
  static final String SANG = "coweave.test.canary";

  private static final long serialVersionUID = 1;

  Canary() {
    System.setProperty(SANG, "yes");
  }
}
