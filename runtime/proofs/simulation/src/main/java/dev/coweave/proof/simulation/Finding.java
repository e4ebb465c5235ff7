package dev.coweave.proof.simulation;

import dev.coweave.junit.CoroutineTests;
import dev.coweave.junit.SeedFailure;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** How a fault was found, in a line that is the same wherever the steps are. */
public final class Finding {
  /** How many seeds each fault is looked for in. */
  public static final int SEEDS = 1000;

  private static final int DIGITS = 16;

  private Finding() {}

  /** Finds all faults, and prints their lines. */
  public static void main(String[] args) throws Exception {
    for (Program p : Program.all()) {
      System.out.println(line(p, of(p)));
    }
  }

  /** Finds the fault of a program. */
  public static SeedFailure of(Program p) throws Exception {
    try {
      CoroutineTests.run(SEEDS, p.faulty());
    } catch (SeedFailure found) {
      return found;
    }
    throw new AssertionError(p + ": not found");
  }

  /**
   * The seed, the switches that are left, and a digest of the steps, without the numbers of lines and of lambdas: javac 17 and 25 count
   * these differently.
   */
  public static String line(Program p, SeedFailure found) throws NoSuchAlgorithmException {
    String steps = found.trace().replaceAll("\\.java:\\d+|(?<=lambda\\$\\w{1,99}\\$)\\d+", "");
    byte[] digest =
        MessageDigest.getInstance("SHA-256").digest(steps.getBytes(StandardCharsets.UTF_8));
    return p
        + ": seed "
        + found.seed()
        + ", shrunk to "
        + found.shortest()
        + ", steps "
        + HexFormat.of().formatHex(digest).substring(0, DIGITS);
  }
}
