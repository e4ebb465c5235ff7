package dev.coweave.durable;

import dev.coweave.durable.format.StoredIterator;
import dev.coweave.durable.format.Values;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The iterators of loops in durable methods. Over a list that can be stored it is the list with a position; over anything else, whose order may be
 * another when it is loaded, it is the elements that remain.
 */
final class Iterators {
  private Iterators() {}

  static <T extends @Nullable Object> Iterator<T> of(Iterable<T> elements) {
    Iterator<T> iterator = elements.iterator();
    if (iterator instanceof StoredIterator<T>) {
      return iterator;
    }
    return elements instanceof List<T> list && Values.isList(list)
        ? new Cursor<>(list, iterator, 0, false)
        : new Rest<>(iterator);
  }

  /** Makes the iterators of what is stored of them. */
  static Map<String, Function<Map<String, @Nullable Object>, Object>> loaders() {
    return Map.of("Cursor", Cursor::load, "Rest", Rest::load);
  }

  private static final class Cursor<T extends @Nullable Object> implements StoredIterator<T> {
    private final List<T> list;

    /** The list's own, so that a change of the list is noticed as in any loop. */
    private final Iterator<T> iterator;

    private int next;

    /** Whether the element before is the one that {@code remove} removes. */
    private boolean given;

    Cursor(List<T> list, Iterator<T> iterator, int next, boolean given) {
      this.list = list;
      this.iterator = iterator;
      this.next = next;
      this.given = given;
    }

    @SuppressWarnings("unchecked") // what was stored
    static Object load(Map<String, @Nullable Object> parts) {
      List<Object> list = (List<Object>) Objects.requireNonNull(parts.get("list"));
      int next = (Integer) Objects.requireNonNull(parts.get("next"));
      boolean given = Boolean.TRUE.equals(parts.get("given"));
      Iterator<Object> iterator = list.listIterator(given ? next - 1 : next);
      if (given) {
        iterator.next();
      }
      return new Cursor<>(list, iterator, next, given);
    }

    @Override
    public boolean hasNext() {
      return iterator.hasNext();
    }

    @Override
    public T next() {
      T element = iterator.next();
      next++;
      given = true;
      return element;
    }

    @Override
    public void remove() {
      iterator.remove();
      next--;
      given = false;
    }

    @Override
    public String storedName() {
      return "Cursor";
    }

    @Override
    public Map<String, @Nullable Object> store() {
      return Map.of("list", list, "next", next, "given", given);
    }
  }

  private static final class Rest<T extends @Nullable Object> implements StoredIterator<T> {
    private Iterator<T> iterator;
    private @Nullable List<T> rest;
    private int next;

    Rest(Iterator<T> iterator) {
      this.iterator = iterator;
    }

    @SuppressWarnings("unchecked") // what was stored
    static Object load(Map<String, @Nullable Object> parts) {
      List<Object> rest = (List<Object>) Objects.requireNonNull(parts.get("rest"));
      Rest<Object> loaded = new Rest<>(rest.iterator());
      loaded.rest = rest;
      return loaded;
    }

    @Override
    public boolean hasNext() {
      return iterator.hasNext();
    }

    @Override
    public T next() {
      if (!iterator.hasNext()) {
        throw new NoSuchElementException();
      }
      next++;
      return iterator.next();
    }

    @Override
    public void remove() {
      if (rest != null) {
        throw new UnsupportedOperationException(
            "the run was stored since the loop began: only a list's iterator can still remove");
      }
      iterator.remove();
    }

    @Override
    public String storedName() {
      return "Rest";
    }

    /** From now on it goes over a copy of what remains. */
    @Override
    public Map<String, @Nullable Object> store() {
      List<T> elements = rest;
      if (elements == null) {
        elements = new ArrayList<>();
        iterator.forEachRemaining(elements::add);
      } else {
        elements = new ArrayList<>(elements.subList(next, elements.size()));
      }
      rest = elements;
      next = 0;
      iterator = elements.iterator();
      return Map.of("rest", elements);
    }
  }
}
