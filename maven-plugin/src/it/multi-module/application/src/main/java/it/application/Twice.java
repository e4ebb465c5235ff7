package it.application;

import dev.coweave.Coroutine;
import dev.coweave.generator.Generator;
import it.Numbers;

class Twice {
  @Coroutine
  static Generator<Integer> upTo(int n) {
    Generator.yieldAll(Numbers.upTo(n));
    Generator.yieldAll(Numbers.upTo(n));
    return Generator.end();
  }
}
