package dev.coweave.weave;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads files as a whole. One that doesn't fit into memory, however small it was packed, is a file that can't be read, and no end of the run without a name. */
final class WholeFile {
  private interface Reading {
    byte[] read() throws IOException;
  }

  private WholeFile() {}

  static byte[] read(InputStream in) throws IOException {
    return read(in::readAllBytes);
  }

  static byte[] read(Path file) throws IOException {
    return read(() -> Files.readAllBytes(file));
  }

  private static byte[] read(Reading reading) throws IOException {
    try {
      return reading.read();
    } catch (OutOfMemoryError e) {
      throw new IOException("it doesn't fit into memory, which -Xmx sets", e);
    }
  }
}
