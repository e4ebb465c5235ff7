package languages

import dev.coweave.Coroutine
import dev.coweave.task.Task

inline fun locked(lock: Any, body: () -> Unit) {
  val name = lock.toString()
  synchronized(lock) {
    body()
    println(name)
  }
}

class Refused {
  @Coroutine
  fun waits() {
    val lock = Any()
    locked(lock) {
      Task.`yield`()
    }
  }
}
