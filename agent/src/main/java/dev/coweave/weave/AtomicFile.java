package dev.coweave.weave;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.UUID;

/** Replaces a file in one step, so that whoever reads it sees the old one or the new one. */
final class AtomicFile {
  private AtomicFile() {}

  /** What a file is to contain. */
  @FunctionalInterface
  interface Content {
    /** Writes it. */
    void writeTo(OutputStream out) throws IOException;
  }

  /** Writes a file beside the target, then moves it there. */
  static void replace(Path target, Content content) throws IOException {
    // Not Files.createTempFile, which lets nobody else read the file.
    // Not named after the target, whose name may be as long as names can be.
    Path temporary = target.resolveSibling(".coweave-" + UUID.randomUUID() + ".tmp");
    try {
      try (OutputStream out =
          new BufferedOutputStream(
              Files.newOutputStream(
                  temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE))) {
        content.writeTo(out);
      }
      copyPermissions(target, temporary);
      move(temporary, target);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private static void copyPermissions(Path from, Path to) throws IOException {
    PosixFileAttributeView view = Files.getFileAttributeView(to, PosixFileAttributeView.class);
    if (view != null && Files.exists(from)) {
      view.setPermissions(Files.getPosixFilePermissions(from));
    }
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      // Some network file systems; the window is as short as the system allows.
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }
}
