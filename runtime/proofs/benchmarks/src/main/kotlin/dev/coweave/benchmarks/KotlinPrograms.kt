package dev.coweave.benchmarks

import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.yield

/** Whole programs by Kotlin, on one thread. */
object KotlinPrograms {
    @JvmStatic
    fun sleepers(tasks: Int, millis: Long) = runBlocking {
        coroutineScope {
            repeat(tasks) { launch { delay(millis) } }
        }
    }

    /** The sum of the times by which sleeps were late, in nanoseconds. */
    @JvmStatic
    fun lateness(sleeps: Int, sleep: Long, computing: Long): Long = runBlocking {
        val other = launch {
            while (true) {
                val begin = System.nanoTime()
                while (System.nanoTime() - begin < computing) Thread.onSpinWait()
                yield()
            }
        }
        var late = 0L
        repeat(sleeps) {
            val begin = System.nanoTime()
            delay(sleep / 1_000_000)
            late += System.nanoTime() - begin - sleep
        }
        other.cancelAndJoin()
        late
    }

    /** Tasks that each pause once; the sum of their numbers. */
    @JvmStatic
    fun tasks(tasks: Int): Long = runBlocking {
        var sum = 0L
        coroutineScope {
            repeat(tasks) { n ->
                launch {
                    yield()
                    sum += n
                }
            }
        }
        sum
    }

    private suspend fun descend(depth: Int): Long {
        if (depth == 0) {
            yield()
            return 0
        }
        return descend(depth - 1) + 1
    }

    /** Pauses under so many callers. */
    @JvmStatic
    fun depth(depth: Int): Long = runBlocking { descend(depth) }
}
