package plain;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A class such as programs have thousands of, without a coroutine. Copies of it, under other numbers, are loaded to see what that costs. */
public class Loaded0000 {
  private final List<String> names = new ArrayList<>();
  private int changes;

  void add(String name) {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("a name is empty");
    }
    names.add(name);
    changes++;
  }

  Map<Integer, List<String>> byLength() {
    return names.stream().collect(Collectors.groupingBy(String::length));
  }

  String longest(Function<String, String> changed) {
    synchronized (names) {
      return names.stream()
          .map(changed)
          .max(Comparator.comparing(String::length))
          .orElseGet(() -> "none after " + changes);
    }
  }

  int parsed() {
    int sum = 0;
    for (String name : names) {
      try {
        sum +=
            switch (name) {
              case "one" -> 1;
              case "two" -> 2;
              default -> Integer.parseInt(name);
            };
      } catch (NumberFormatException e) {
        changes--;
      } finally {
        changes++;
      }
    }
    return sum;
  }
}
