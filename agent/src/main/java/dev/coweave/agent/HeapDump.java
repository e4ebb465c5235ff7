package dev.coweave.agent;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a dump of a JVM's heap and tells a visitor what stands there, in the file's order. It keeps the names of classes only: who looks for
 * what an object refers to reads the file again.
 */
final class HeapDump {
  // HPROF binary 1.0.2, as src/hotspot/share/services/heapDumper.cpp of JDK 17 to 25 describes and
  // writes it:
  //
  //   text, size of an id 4, time 8, then records: tag 1, time 4, length 4, body
  //   a HEAP_DUMP_SEGMENT holds records of its own, which have a tag and no length

  private static final int STRING = 0x01;
  private static final int LOAD_CLASS = 0x02;
  private static final int HEAP_DUMP = 0x0c;
  private static final int HEAP_DUMP_SEGMENT = 0x1c;

  private static final int CLASS = 0x20;
  private static final int INSTANCE = 0x21;
  private static final int OBJECTS = 0x22;
  private static final int PRIMITIVES = 0x23;

  /** How many bytes follow the tag of a root. */
  private static final Map<Integer, Integer> ROOTS =
      Map.of(0xff, 8, 0x01, 16, 0x02, 16, 0x03, 16, 0x04, 12, 0x05, 8, 0x06, 12, 0x07, 8, 0x08, 16);

  private static final int ID_SIZE = 8;
  private static final int REFERENCE = 2;

  /** How many bytes a value takes, by the number of its type; 0 where there is none. */
  private static final int[] SIZES = {0, 0, ID_SIZE, 0, 1, 2, 4, 8, 1, 2, 4, 8};

  private static final int BUFFER = 1 << 20;

  /** A field of objects; {@code at} is where it stands among those that its class declares. */
  record Field(String name, int at) {}

  /**
   * A class.
   *
   * @param superclass its id
   * @param fields those that it declares itself
   * @param size how many bytes these take
   * @param statics what its static fields refer to, by name
   */
  record Type(
      String name, long superclass, List<Field> fields, int size, Map<String, Long> statics) {}

  /** Sees what stands in a dump. Ids are addresses, 0 is null. */
  interface Visitor {
    /** A class; told of before any object. */
    default void type(long id, Type type) {}

    /**
     * An object that is no array.
     *
     * @param type the id of its class
     * @param fields those of its class, then those of the superclass, and so on; valid until this returns
     */
    default void object(long id, long type, ByteBuffer fields) {}

    /** Whether the content of an array of bytes is wanted. */
    default boolean wants(long array) {
      return false;
    }

    /** An array that is wanted. */
    default void bytes(long array, byte[] content) {}
  }

  private final InputStream in;
  private final Visitor visitor;
  private final Map<Long, String> names = new HashMap<>();
  private final Map<Long, Long> classNames = new HashMap<>();
  private ByteBuffer buffer = ByteBuffer.allocate(BUFFER).limit(0);

  /** How much of the file came into the buffer. */
  private long filled;

  private HeapDump(InputStream in, Visitor visitor) {
    this.in = in;
    this.visitor = visitor;
  }

  /**
   * Reads a dump.
   *
   * @throws IOException if it can't be read, or isn't a whole dump of a 64-bit JVM
   */
  static void read(Path file, Visitor visitor) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      new HeapDump(in, visitor).read();
    }
  }

  private void read() throws IOException {
    byte name;
    do {
      name = next(1).get();
    } while (name != 0);
    if (next(4).getInt() != ID_SIZE) {
      throw new IOException("not of a 64-bit JVM");
    }
    skip(8);
    while (more()) {
      int tag = next(1).get();
      skip(4);
      long length = next(4).getInt() & 0xffff_ffffL;
      switch (tag) {
        case STRING -> {
          long id = next(ID_SIZE).getLong();
          names.put(id, new String(content(length - ID_SIZE), StandardCharsets.UTF_8));
        }
        case LOAD_CLASS -> {
          skip(4);
          long id = next(ID_SIZE).getLong();
          skip(4);
          classNames.put(id, next(ID_SIZE).getLong());
        }
        case HEAP_DUMP, HEAP_DUMP_SEGMENT -> segment(position() + length);
        default -> skip(length);
      }
    }
  }

  private void segment(long end) throws IOException {
    while (position() < end) {
      int tag = next(1).get() & 0xff;
      switch (tag) {
        case CLASS -> type();
        case INSTANCE -> object();
        case OBJECTS -> {
          skip(ID_SIZE + 4);
          long length = next(4).getInt() & 0xffff_ffffL;
          skip(ID_SIZE + length * ID_SIZE);
        }
        case PRIMITIVES -> array();
        default -> {
          Integer length = ROOTS.get(tag);
          if (length == null) {
            throw new IOException("no record of a heap has the tag " + tag);
          }
          skip(length);
        }
      }
    }
  }

  private void type() throws IOException {
    long id = next(ID_SIZE).getLong();
    skip(4);
    long superclass = next(ID_SIZE).getLong();
    skip(5 * ID_SIZE + 4); // loader, signers, domain, two reserved; the size of objects
    for (int n = count(); n > 0; n--) { // constants
      skip(2);
      skip(sizeOf(next(1).get()));
    }
    Map<String, Long> statics = new HashMap<>();
    for (int n = count(); n > 0; n--) {
      String name = name(next(ID_SIZE).getLong());
      int type = next(1).get();
      if (type == REFERENCE) {
        statics.put(name, next(ID_SIZE).getLong());
      } else {
        skip(sizeOf(type));
      }
    }
    List<Field> fields = new ArrayList<>();
    int at = 0;
    for (int n = count(); n > 0; n--) {
      fields.add(new Field(name(next(ID_SIZE).getLong()), at));
      at += sizeOf(next(1).get());
    }
    String name = name(classNames.getOrDefault(id, 0L)).replace('/', '.');
    visitor.type(id, new Type(name, superclass, fields, at, statics));
  }

  private void object() throws IOException {
    long id = next(ID_SIZE).getLong();
    skip(4);
    long type = next(ID_SIZE).getLong();
    int length = next(4).getInt();
    ByteBuffer fields = next(length).slice(buffer.position(), length);
    buffer.position(buffer.position() + length);
    visitor.object(id, type, fields);
  }

  private void array() throws IOException {
    long id = next(ID_SIZE).getLong();
    skip(4);
    long length = next(4).getInt() & 0xffff_ffffL;
    int size = sizeOf(next(1).get());
    if (size == 1 && visitor.wants(id)) {
      visitor.bytes(id, content(length));
    } else {
      skip(length * size);
    }
  }

  private String name(long id) {
    return names.getOrDefault(id, "");
  }

  private int count() throws IOException {
    return next(2).getShort() & 0xffff;
  }

  private static int sizeOf(int type) throws IOException {
    int size = type >= 0 && type < SIZES.length ? SIZES[type] : 0;
    if (size == 0) {
      throw new IOException("no type of a heap has the number " + type);
    }
    return size;
  }

  // ---- bytes

  private long position() {
    return filled - buffer.remaining();
  }

  private boolean more() throws IOException {
    return buffer.hasRemaining() || fill();
  }

  /** The buffer, with so many bytes to be taken from it. */
  private ByteBuffer next(int length) throws IOException {
    if (buffer.remaining() < length) {
      if (buffer.capacity() < length) {
        buffer = ByteBuffer.allocate(length).put(buffer).flip();
      } else {
        buffer.compact().flip();
      }
      while (buffer.remaining() < length) {
        if (!fill()) {
          throw new EOFException("it ends in the middle of a record");
        }
      }
    }
    return buffer;
  }

  /** Adds to what is in the buffer, whose position is 0 where it isn't empty; false at the file's end. */
  private boolean fill() throws IOException {
    if (!buffer.hasRemaining()) {
      buffer.clear().limit(0);
    }
    int to = buffer.limit();
    int n = in.read(buffer.array(), to, buffer.capacity() - to);
    if (n < 0) {
      return false;
    }
    buffer.limit(to + n);
    filled += n;
    return true;
  }

  private byte[] content(long length) throws IOException {
    byte[] result = new byte[Math.toIntExact(length)];
    next(result.length).get(result);
    return result;
  }

  private void skip(long length) throws IOException {
    int buffered = (int) Math.min(length, buffer.remaining());
    buffer.position(buffer.position() + buffered);
    if (length > buffered) {
      in.skipNBytes(length - buffered);
      filled += length - buffered;
    }
  }
}
