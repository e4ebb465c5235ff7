package dev.coweave.proof.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Class files on the class path of the tests. */
final class ClassPathFiles {
  private ClassPathFiles() {}

  static byte[] find(String internalName) {
    if (!internalName.startsWith("dev/coweave/")) {
      return null;
    }
    try (InputStream in =
        ClassPathFiles.class.getClassLoader().getResourceAsStream(internalName + ".class")) {
      return in == null ? null : in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
