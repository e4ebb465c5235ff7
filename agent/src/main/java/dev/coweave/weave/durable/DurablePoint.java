package dev.coweave.weave.durable;

import dev.coweave.weave.machine.State;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A place where a run may be parked in a method.
 *
 * @param state the state of the machine; null never, for a run may stand at a method's start
 * @param kind {@code start}, a word such as {@code step}, or {@code call}
 * @param name what the source calls it, or null: then it is known by its kind and order alone
 * @param key what it is found by in the method, unique there
 * @param result the type of what is delivered there: a descriptor
 * @param around the handlers that enclose it, innermost first, in words
 * @param slots what is stored
 */
record DurablePoint(
    State state,
    String kind,
    @Nullable String name,
    String key,
    String result,
    String around,
    List<DurableSlot> slots) {}
