package dev.coweave.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Writes woven classes to a directory, for {@code javap} and bug reports. */
final class Dump {
  private final Path directory;

  Dump(Path directory) {
    this.directory = directory;
  }

  /** Writes a woven class and what was made for it. If that fails it says so, and the program runs on. */
  void write(String internalName, byte[] woven, Map<String, byte[]> companions) {
    try {
      write(internalName, woven);
      for (Map.Entry<String, byte[]> companion : companions.entrySet()) {
        write(companion.getKey(), companion.getValue());
      }
    } catch (IOException e) {
      System.err.println("coweave: can't dump " + internalName.replace('/', '.') + ": " + e);
    }
  }

  private void write(String internalName, byte[] classFile) throws IOException {
    Path file = directory.resolve(internalName + ".class");
    Files.createDirectories(file.getParent());
    Files.write(file, classFile);
  }
}
