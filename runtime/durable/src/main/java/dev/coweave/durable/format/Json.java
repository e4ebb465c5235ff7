package dev.coweave.durable.format;

import java.io.StringWriter;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamWriteConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * JSON as trees of maps, lists, strings, numbers, booleans and nulls. What is read is bounded in depth, and a number in length, whoever
 * wrote it.
 */
public final class Json {
  /** How deep values may nest: a list in a list in a record. Frames don't nest. */
  public static final int MAX_DEPTH = 200;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNumberLength(1000)
                  .build())
          .streamWriteConstraints(
              StreamWriteConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
          .build();

  private Json() {}

  /**
   * Writes a tree.
   *
   * @throws FormatException if it nests too deep
   */
  public static String write(@Nullable Object tree) {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = FACTORY.createGenerator(ObjectWriteContext.empty(), text)) {
      write(tree, out);
    } catch (JacksonException e) {
      throw new FormatException(Fault.NOT_STORABLE, "a value nests deeper than " + MAX_DEPTH, e);
    }
    return escaped(text.toString());
  }

  /** Halves of surrogate pairs, which no encoding of a database takes: they stand in strings alone, where each can be written as an escape. */
  private static String escaped(String text) {
    if (isWellFormed(text)) {
      return text;
    }
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      if (isHalf(c)) {
        out.append("\\u").append(HexFormat.of().toHexDigits((char) c));
      } else {
        out.appendCodePoint(c);
      }
      i += Character.charCount(c);
    }
    return out.toString();
  }

  private static boolean isHalf(int codePoint) {
    return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
  }

  /** Whether a text has no half of a surrogate pair alone. */
  public static boolean isWellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        int c = text.codePointAt(i);
        if (isHalf(c)) {
          return false;
        }
        i++;
      }
    }
    return true;
  }

  private static void write(@Nullable Object tree, JsonGenerator out) {
    if (tree == null) {
      out.writeNull();
    } else if (tree instanceof String s) {
      out.writeString(s);
    } else if (tree instanceof Boolean b) {
      out.writeBoolean(b);
    } else if (tree instanceof Integer i) {
      out.writeNumber(i);
    } else if (tree instanceof Long l) {
      out.writeNumber(l);
    } else if (tree instanceof Double d) {
      out.writeNumber(d);
    } else if (tree instanceof Map<?, ?> map) {
      out.writeStartObject();
      map.forEach(
          (name, value) -> {
            out.writeName((String) name);
            write(value, out);
          });
      out.writeEndObject();
    } else if (tree instanceof List<?> list) {
      out.writeStartArray();
      list.forEach(e -> write(e, out));
      out.writeEndArray();
    } else {
      throw new IllegalArgumentException("no JSON: " + tree.getClass());
    }
  }

  /**
   * Reads a tree. Whole numbers are {@code Integer}, {@code Long} or {@code BigInteger}, others {@code BigDecimal}.
   *
   * @throws FormatException if the text is not JSON, or nests too deep
   */
  public static @Nullable Object read(String text) {
    try (JsonParser in = FACTORY.createParser(ObjectReadContext.empty(), text)) {
      Object tree = read(in, in.nextToken());
      if (in.nextToken() != null) {
        throw bad("something follows the end", null);
      }
      return tree;
    } catch (JacksonException e) {
      throw bad(String.valueOf(e.getOriginalMessage()), e);
    }
  }

  private static FormatException bad(String what, @Nullable Throwable cause) {
    return new FormatException(Fault.BAD_TEXT, "the text is damaged: " + what, cause);
  }

  private static @Nullable Object read(JsonParser in, @Nullable JsonToken token) {
    if (token == null) {
      throw bad("it ends too early", null);
    }
    return switch (token) {
      case VALUE_NULL -> null;
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_STRING -> in.getString();
      case VALUE_NUMBER_INT -> whole(in.getBigIntegerValue());
      case VALUE_NUMBER_FLOAT -> in.getDecimalValue();
      case START_ARRAY -> {
        List<@Nullable Object> list = new ArrayList<>();
        for (JsonToken t = in.nextToken(); t != JsonToken.END_ARRAY; t = in.nextToken()) {
          list.add(read(in, t));
        }
        yield list;
      }
      case START_OBJECT -> {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        for (JsonToken t = in.nextToken(); t != JsonToken.END_OBJECT; t = in.nextToken()) {
          String name = in.currentName();
          if (map.containsKey(name)) {
            throw bad("the name " + name + " stands twice", null);
          }
          map.put(name, read(in, in.nextToken()));
        }
        yield map;
      }
      default -> throw bad("unexpected " + token, null);
    };
  }

  private static Number whole(BigInteger i) {
    if (i.bitLength() < 32) {
      return i.intValue();
    }
    return i.bitLength() < 64 ? (Number) i.longValue() : i;
  }
}
