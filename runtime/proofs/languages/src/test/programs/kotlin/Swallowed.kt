package languages

import dev.coweave.Coroutine
import dev.coweave.task.Task

/** What runCatching catches may be a cancellation. */
object Swallowed {
  var last: Result<Int>? = null

  @Coroutine
  fun later(): Int {
    Task.`yield`()
    return 1
  }

  @Coroutine
  fun dropped() {
    runCatching { later() }
  }

  @Coroutine
  fun orDefault(): Int = runCatching { later() }.getOrDefault(2)

  @Coroutine
  fun orElse(): Int = runCatching { later() }.getOrElse { 2 }

  @Coroutine
  fun orNull(): Int? = runCatching { later() }.getOrNull()

  @Coroutine
  fun orNullAsked(): Int {
    val n: Int? = runCatching { later() }.getOrNull()
    return n ?: 2
  }

  @Coroutine
  fun orNullThenThrown(): Int {
    val r = runCatching { later() }
    return r.getOrNull() ?: throw r.exceptionOrNull()!!
  }

  @Coroutine
  fun logged() {
    val r = later().runCatching { later() }
    r.onFailure { println(it) }
  }

  @Coroutine
  fun asked(): Boolean {
    val r = runCatching { later() }
    return r.isSuccess
  }

  @Coroutine
  fun folded(): Int = runCatching { later() }.fold({ it }, { -1 })

  @Coroutine
  fun caught() {
    try {
      later()
    } catch (t: Throwable) {
      println(t)
    }
  }

  @Coroutine
  fun thrown(): Int = runCatching { later() }.getOrThrow()

  @Coroutine
  fun thrownByHand(): Int = runCatching { later() }.getOrElse { throw it }

  @Coroutine
  fun thrownAfterward(): Int {
    val r = runCatching { later() }
    r.exceptionOrNull()?.let { throw it }
    return 3
  }

  @Coroutine
  fun kept() {
    last = runCatching { later() }
  }

  @Coroutine
  fun givenOn(): Int = runCatching { later() }.getOrElse { handle(it) }

  @Coroutine
  fun returned(): Result<Int> = runCatching { later() }

  @Coroutine
  fun recovered(): Int = runCatching { later() }.recoverCatching { handle(it) }.getOrThrow()

  private fun handle(t: Throwable): Int = t.hashCode()
}
