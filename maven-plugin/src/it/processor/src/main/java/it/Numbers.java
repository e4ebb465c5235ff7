package it;

import dev.coweave.Coroutine;
import dev.coweave.generator.Generator;

class Numbers {
  @Coroutine
  static Generator<Integer> upTo(int n) {
    for (int i = 1; i <= n; i++) {
      Generator.yield(i);
    }
    return Generator.end();
  }
}
