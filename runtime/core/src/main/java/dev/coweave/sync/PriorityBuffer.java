package dev.coweave.sync;

import java.util.AbstractQueue;
import java.util.Comparator;
import java.util.Iterator;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The items of a channel by priority; equal ones in the order in which they came. Guarded as the channel is. A tree asks the order before it changes
 * anything, so that an order which throws costs no item: a heap asks on the way.
 */
final class PriorityBuffer<T> extends AbstractQueue<T> {
  private record Numbered<T>(T item, long number) {}

  private final Comparator<? super T> order;
  private final TreeSet<Numbered<T>> items;
  private long count;

  PriorityBuffer(Comparator<? super T> order) {
    this.order = order;
    Comparator<Numbered<T>> byItem = (a, b) -> order.compare(a.item, b.item);
    items = new TreeSet<>(byItem.thenComparingLong(Numbered::number));
  }

  /** Asks the order about an item that is to come in later: one that it can't compare must be its sender's concern, not its receiver's. */
  void check(T item) {
    T first = peek();
    if (first != null) {
      int unused = order.compare(item, first);
    }
  }

  @Override
  public boolean offer(T item) {
    return items.add(new Numbered<>(item, count++));
  }

  @Override
  public @Nullable T poll() {
    Numbered<T> first = items.pollFirst();
    return first == null ? null : first.item;
  }

  @Override
  public @Nullable T peek() {
    return items.isEmpty() ? null : items.first().item;
  }

  /** In the order in which they would be polled. */
  @Override
  public Iterator<T> iterator() {
    Iterator<Numbered<T>> sorted = items.iterator();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return sorted.hasNext();
      }

      @Override
      public T next() {
        return sorted.next().item;
      }

      @Override
      public void remove() {
        sorted.remove();
      }
    };
  }

  @Override
  public int size() {
    return items.size();
  }
}
