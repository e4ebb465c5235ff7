package dev.coweave.sequences;

import dev.coweave.Coroutine;
import dev.coweave.flow.AsyncGenerator;
import dev.coweave.generator.Generator;
import dev.coweave.task.Task;
import java.util.concurrent.Flow;

/** The sequences that the tests are about: some elements are ready, some are waited for, some come from a nested call. */
final class Numbers {
  private Numbers() {}

  @Coroutine
  static Flow.Publisher<Long> published(long n) {
    for (long i = 0; i < n; i++) {
      if (i % 3 == 1) {
        Task.yield();
      }
      if (i % 3 == 2) {
        emit(i);
      } else {
        Generator.yield(i);
      }
    }
    return AsyncGenerator.end();
  }

  @Coroutine
  static AsyncGenerator<Long> generated(long n) {
    for (long i = 0; i < n; i++) {
      Task.yield();
      Generator.yield(i);
    }
    return AsyncGenerator.end();
  }

  @Coroutine
  private static void emit(Object value) {
    Generator.yield(value);
  }
}
