package dev.coweave.weave;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The files that weaving makes for a moment, beside those that it replaces: how they are named, and which of them a killed process
 * left.
 */
final class Leftovers {
  private static final Pattern NAME =
      Pattern.compile("\\.coweave-(?:([0-9]{1,18})-)?[-0-9a-f]+\\.tmp");

  private Leftovers() {}

  /** A name for a file of this process, beside another. */
  static Path name(Path target) {
    // Not made of the target's name, which may be as long as names can be.
    return target.resolveSibling(
        ".coweave-" + ProcessHandle.current().pid() + "-" + UUID.randomUUID() + ".tmp");
  }

  /** Removes a file if a process that has ended left it. */
  static void clean(Path file) {
    Matcher m = NAME.matcher(file.getFileName().toString());
    if (m.matches()
        && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        && !(m.group(1) != null && isInUse(Long.parseLong(m.group(1)), file))) {
      delete(file);
    }
  }

  /** Whether a process that is older than the file has that number. */
  private static boolean isInUse(long pid, Path file) {
    try {
      Instant made = Files.getLastModifiedTime(file).toInstant();
      return ProcessHandle.of(pid)
          .map(p -> p.info().startInstant().orElse(Instant.EPOCH))
          // Clocks of file systems are coarse.
          .filter(started -> started.isBefore(made.plusSeconds(1)))
          .isPresent();
    } catch (IOException e) {
      return true; // its process has just removed it
    }
  }

  /** Removes a file; one that can't be removed is left to the next run. */
  static void delete(@Nullable Path file) {
    if (file != null) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        // It does no harm.
      }
    }
  }
}
