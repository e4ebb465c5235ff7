package dev.coweave.weave;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/** A jar in the making that keeps of another's entries what isn't their bytes: method, times, comments, extra fields. */
final class JarCopy implements AutoCloseable {
  private final ZipOutputStream out;

  JarCopy(ZipFile original, OutputStream target) {
    out = new ZipOutputStream(target);
    if (original.getComment() != null) {
      out.setComment(original.getComment());
    }
  }

  /** Adds an entry of the original, with these bytes. */
  void put(ZipEntry original, byte[] bytes) throws IOException {
    ZipEntry entry = new ZipEntry(original);
    entry.setSize(bytes.length);
    entry.setCrc(crc(bytes));
    // Another deflater may have packed it: -1 has the size computed. An entry that isn't packed
    // needs it.
    entry.setCompressedSize(entry.getMethod() == ZipEntry.STORED ? bytes.length : -1);
    write(entry, bytes);
  }

  /** Adds an entry of the original as it is, however large. */
  void put(ZipEntry original, InputStream bytes) throws IOException {
    ZipEntry entry = new ZipEntry(original);
    if (entry.getMethod() != ZipEntry.STORED) {
      // Another deflater may have packed it.
      entry.setCompressedSize(-1);
    }
    out.putNextEntry(entry);
    bytes.transferTo(out);
    out.closeEntry();
  }

  /**
   * Adds an entry that the original doesn't have.
   *
   * @param like an entry of the original that its time is taken from, so that equal jars give equal jars; or null
   */
  void add(String path, @Nullable ZipEntry like, byte[] bytes) throws IOException {
    ZipEntry entry = new ZipEntry(path);
    if (like != null) {
      entry.setTimeLocal(like.getTimeLocal());
    }
    write(entry, bytes);
  }

  private void write(ZipEntry entry, byte[] bytes) throws IOException {
    out.putNextEntry(entry);
    out.write(bytes);
    out.closeEntry();
  }

  private static long crc(byte[] bytes) {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    return crc.getValue();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
