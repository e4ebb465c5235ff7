package compared

import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.async
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.runTest
import kotlinx.coroutines.yield

/** runTest: virtual time, and tasks that are ready first in, first out, each time. The same five faults, with Kotlin's coroutines. */
object WithKotlin {
  private val faults =
      mapOf<String, suspend TestScope.(Boolean) -> Unit>(
          "lost update" to { lostUpdate(it) },
          "lock order" to { lockOrder(it) },
          "one condition for two" to { oneConditionForTwo(it) },
          "lock not released" to { lockNotReleased(it) },
          "timer of an old request" to { oldTimer(it) },
      )

  @JvmStatic
  fun main(args: Array<String>) {
    for ((name, body) in faults) {
      for (correct in listOf(false, true)) {
        val start = System.nanoTime()
        var runs = 0
        var found: Throwable? = null
        while (runs < args[0].toInt() && found == null) {
          runs++
          found = runCatching { runTest(timeout = 5.seconds) { body(correct) } }.exceptionOrNull()
        }
        Told.tell("runTest", name, correct, runs, start, found)
      }
    }
  }

  private suspend fun TestScope.lostUpdate(correct: Boolean) {
    val lock = Mutex()
    var balance = 0
    suspend fun deposit(amount: Int) {
      if (correct) lock.lock()
      val before = balance
      yield()
      balance = before + amount
      if (correct) lock.unlock()
    }
    val other = launch { deposit(1) }
    deposit(2)
    other.join()
    check(balance == 3) { "a deposit was lost" }
  }

  private suspend fun TestScope.lockOrder(correct: Boolean) {
    val a = Mutex()
    val b = Mutex()
    suspend fun transfer(from: Mutex, to: Mutex) {
      from.lock()
      yield()
      to.lock()
      to.unlock()
      from.unlock()
    }
    launch { transfer(a, b) }
    launch { if (correct) transfer(a, b) else transfer(b, a) }
  }

  private suspend fun TestScope.oneConditionForTwo(correct: Boolean) {
    val waiters = ArrayDeque<CompletableDeferred<Unit>>()
    var full = false
    suspend fun set(to: Boolean) {
      while (full == to) {
        val mine = CompletableDeferred<Unit>()
        waiters.add(mine)
        mine.await()
      }
      full = to
      while (waiters.isNotEmpty()) {
        waiters.removeFirst().complete(Unit)
        if (!correct) return
      }
    }
    repeat(4) {
      launch { set(true) }
      launch { set(false) }
    }
  }

  private suspend fun TestScope.lockNotReleased(correct: Boolean) {
    val lock = Mutex()
    val worker = launch {
      yield()
      lock.lock()
      if (correct) {
        try {
          yield()
        } finally {
          lock.unlock()
        }
      } else {
        yield()
        lock.unlock()
      }
    }
    yield()
    worker.cancel()
    lock.lock()
    lock.unlock()
  }

  private suspend fun TestScope.oldTimer(correct: Boolean) {
    var current = 1
    var cancelled = false
    val timer = async {
      val mine = current
      delay(1000)
      if (!cancelled || !correct && current == 2) (if (correct) mine else current) else 0
    }
    delay(1000)
    cancelled = true
    current = 2
    check(timer.await() != 2) { "the second request has timed out at once" }
  }
}
