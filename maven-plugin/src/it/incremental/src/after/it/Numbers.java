package it;

import dev.coweave.Coroutine;
import dev.coweave.generator.Generator;

class Numbers {
  @Coroutine
  static Generator<Integer> twiceUpTo(int n, String label) {
    for (int i = 1; i <= n; i++) {
      Generator.yield(i);
      Generator.yield(i + label.length());
    }
    return Generator.end();
  }
}
