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
 * @param key what it is found by in the method, unique there; copies that the compiler made of one call differ in what follows {@code #}
 * @param isOneOfSeveral whether another call of the source has the name too, so that only their order tells them apart
 * @param result the type of what is delivered there: a descriptor
 * @param callee of a call, the method: {@code com.acme.Orders.pay(I)V}; else empty
 * @param around what lies around it
 * @param slots what is stored
 */
record DurablePoint(
    State state,
    String kind,
    @Nullable String name,
    String key,
    boolean isOneOfSeveral,
    String result,
    String callee,
    Around around,
    List<DurableSlot> slots) {
  /** See {@link Surroundings}. */
  record Around(List<String> loops, List<String> handlers, List<String> within, List<String> next) {
    static final Around NOTHING = new Around(List.of(), List.of(), List.of(), List.of());
  }

  /** The key that the copies of one call have in common. */
  String call() {
    return call(key);
  }

  static String call(String key) {
    return key.replaceFirst("#\\d+$", "");
  }
}
