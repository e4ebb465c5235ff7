package languages

import dev.coweave.Coroutine
import dev.coweave.CoroutineCallable
import dev.coweave.generator.Generator
import dev.coweave.task.Task
import groovy.transform.CompileStatic

/** What can't suspend. */
class Dynamic {
  @CompileStatic @Coroutine static <T> T later(T value) { Task.yield(); value }

  @Coroutine String waits() {
    later('a') + later('b')
  }

  @Coroutine Generator<Integer> yields() {
    Generator.yield(1)
    Generator.end()
  }

  @CompileStatic
  @Coroutine String closure() {
    CoroutineCallable<String> c = { later('x') }
    c.call()
  }

  @Coroutine int nothing() { 1 }
}
