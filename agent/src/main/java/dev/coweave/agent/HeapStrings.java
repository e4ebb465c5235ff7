package dev.coweave.agent;

import dev.coweave.agent.HeapDump.Field;
import dev.coweave.agent.HeapDump.Type;
import dev.coweave.agent.HeapDump.Visitor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Strings of a dump of a heap, by their ids. It is read twice: for where the characters are, then for these. */
final class HeapStrings implements Visitor {
  private final Set<Long> wanted;
  private final Map<Long, Long> arrays = new HashMap<>();

  /** Arrays of strings that have other characters than those of Latin-1 (JEP 254). */
  private final Set<Long> wide = new HashSet<>();

  private long stringType;
  private final Map<String, Integer> fields = new HashMap<>();

  private HeapStrings(Set<Long> wanted) {
    this.wanted = wanted;
  }

  /**
   * Reads strings.
   *
   * @param wanted their ids; those that aren't there are left out
   * @throws IOException if the dump can't be read
   */
  static Map<Long, String> read(Path dump, Set<Long> wanted) throws IOException {
    HeapStrings strings = new HeapStrings(wanted);
    HeapDump.read(dump, strings);
    return strings.contents(dump);
  }

  @Override
  public void type(long id, Type type) {
    if (type.name().equals("java.lang.String")) {
      stringType = id;
      for (Field f : type.fields()) {
        fields.put(f.name(), f.at());
      }
    }
  }

  @Override
  public void object(long id, long type, ByteBuffer in) {
    if (type == stringType && wanted.contains(id)) {
      long array = in.getLong(fields.getOrDefault("value", 0));
      arrays.put(id, array);
      if (in.get(fields.getOrDefault("coder", 0)) != 0) {
        wide.add(array);
      }
    }
  }

  private Map<Long, String> contents(Path dump) throws IOException {
    Charset utf16 =
        ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN
            ? StandardCharsets.UTF_16BE
            : StandardCharsets.UTF_16LE;
    Set<Long> all = new HashSet<>(arrays.values());
    Map<Long, String> byArray = new HashMap<>();
    HeapDump.read(
        dump,
        new Visitor() {
          @Override
          public boolean wants(long array) {
            return all.contains(array);
          }

          @Override
          public void bytes(long array, byte[] content) {
            Charset charset = wide.contains(array) ? utf16 : StandardCharsets.ISO_8859_1;
            byArray.put(array, new String(content, charset));
          }
        });
    Map<Long, String> result = new HashMap<>();
    arrays.forEach((id, array) -> result.put(id, byArray.getOrDefault(array, "")));
    return result;
  }
}
