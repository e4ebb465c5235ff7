package dev.coweave.durable.format;

import java.util.function.Function;

/**
 * A kind of value that is stored as one string under a name of its own.
 *
 * @param name what it is stored as; without a dot
 * @param type the class of its values
 * @param toText gives the text
 * @param fromText gives the value
 */
public record Special(
    String name,
    Class<?> type,
    Function<Object, String> toText,
    Function<String, Object> fromText) {}
