package dev.coweave.durable.format;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Month;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Currency;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Values without parts: numbers, strings, dates. Each is a JSON number, boolean or string. */
final class Scalars {
  /** A kind of scalar. */
  record Scalar(
      String name,
      Class<?> type,
      Function<Object, Object> toTree,
      Function<Object, Object> fromTree) {}

  private static final Map<Class<?>, Scalar> BY_CLASS = new HashMap<>();
  private static final Map<String, Scalar> BY_NAME = new HashMap<>();

  static {
    add("string", String.class, s -> s, s -> s);
    add("boolean", Boolean.class, b -> b, b -> b);
    add("int", Integer.class, i -> i, t -> number(t).intValueExact());
    add("long", Long.class, l -> l, t -> number(t).longValueExact());
    add("short", Short.class, Short::intValue, t -> number(t).shortValueExact());
    add("byte", Byte.class, Byte::intValue, t -> number(t).byteValueExact());
    add("char", Character.class, String::valueOf, t -> character(t));
    add(
        "double",
        Double.class,
        Scalars::real,
        t -> t instanceof String s ? Double.valueOf(s) : number(t).doubleValue());
    add("float", Float.class, f -> f.toString(), t -> Float.valueOf((String) t));
    text(BigInteger.class, BigInteger::new);
    text(BigDecimal.class, BigDecimal::new);
    text(UUID.class, UUID::fromString);
    text(URI.class, URI::create);
    text(Duration.class, Duration::parse);
    text(Instant.class, Instant::parse);
    text(LocalDate.class, LocalDate::parse);
    text(LocalTime.class, LocalTime::parse);
    text(LocalDateTime.class, LocalDateTime::parse);
    text(OffsetDateTime.class, OffsetDateTime::parse);
    text(OffsetTime.class, OffsetTime::parse);
    text(ZonedDateTime.class, ZonedDateTime::parse);
    text(MonthDay.class, MonthDay::parse);
    text(Period.class, Period::parse);
    text(Year.class, Year::parse);
    text(YearMonth.class, YearMonth::parse);
    text(ZoneOffset.class, ZoneOffset::of);
    text(Currency.class, Currency::getInstance);
    add(
        "ZoneId",
        ZoneId.of("Europe/Paris").getClass(),
        Object::toString,
        t -> ZoneId.of((String) t));
    add("Locale", Locale.class, Locale::toLanguageTag, t -> Locale.forLanguageTag((String) t));
    text(DayOfWeek.class, DayOfWeek::valueOf);
    text(Month.class, Month::valueOf);
    text(TimeUnit.class, TimeUnit::valueOf);
  }

  private Scalars() {}

  /** The kind of a class's values, or null. */
  static @Nullable Scalar of(Class<?> c) {
    return BY_CLASS.get(c);
  }

  /** The kind of a name, or null. */
  static @Nullable Scalar named(String name) {
    return BY_NAME.get(name);
  }

  /**
   * Whether a JSON value alone says that it is of this kind, where nothing is known of the type: text is a string, a whole number of
   * 32 bits an int.
   */
  static boolean isNatural(Scalar s) {
    return s.type == String.class || s.type == Boolean.class || s.type == Integer.class;
  }

  @SuppressWarnings("unchecked")
  private static <T> void add(
      String name,
      Class<T> type,
      Function<? super T, Object> toTree,
      Function<Object, Object> fromTree) {
    Scalar s = new Scalar(name, type, (Function<Object, Object>) (Function<?, ?>) toTree, fromTree);
    BY_CLASS.put(type, s);
    BY_NAME.put(name, s);
  }

  private static <T> void text(Class<T> type, Function<String, T> parse) {
    add(type.getSimpleName(), type, Object::toString, t -> parse.apply((String) t));
  }

  private static BigDecimal number(Object tree) {
    return new BigDecimal(((Number) tree).toString());
  }

  private static Object real(Double d) {
    return d.isNaN() || d.isInfinite() || (d == 0 && 1 / d < 0) ? d.toString() : d;
  }

  private static Object character(Object tree) {
    String s = (String) tree;
    if (s.length() != 1) {
      throw new IllegalArgumentException("not one character: " + s);
    }
    return s.charAt(0);
  }
}
