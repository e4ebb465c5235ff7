package dev.coweave.weave;

import java.util.HashSet;
import java.util.Set;

/**
 * What stays plain, though a pattern would make it a coroutine, for it can't be woven.
 *
 * @param methods methods, by name and descriptor
 * @param lambdas the bodies of lambdas, by name: their descriptors change when they become static
 */
record KeptPlain(Set<String> methods, Set<String> lambdas) {
  static final KeptPlain NOTHING = new KeptPlain(Set.of(), Set.of());

  KeptPlain withMethod(String key) {
    return new KeptPlain(with(methods, key), lambdas);
  }

  KeptPlain withLambda(String name) {
    return new KeptPlain(methods, with(lambdas, name));
  }

  private static Set<String> with(Set<String> set, String more) {
    Set<String> all = new HashSet<>(set);
    all.add(more);
    return Set.copyOf(all);
  }
}
