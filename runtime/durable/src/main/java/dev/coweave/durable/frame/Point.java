package dev.coweave.durable.frame;

import java.util.List;

/**
 * A place where a run may be parked in a method.
 *
 * @param state what the frame's {@code state} says there
 * @param kind {@code start}, {@code call}, or a word such as {@code step}
 * @param name what the source calls it, or empty
 * @param key what it is found by in its method; unique there
 * @param line its line, or 0
 * @param result the descriptor of what is delivered there
 * @param around the loops and handlers that enclose it
 * @param slots what is stored
 */
public record Point(
    int state,
    String kind,
    String name,
    String key,
    int line,
    String result,
    String around,
    List<Slot> slots) {}
