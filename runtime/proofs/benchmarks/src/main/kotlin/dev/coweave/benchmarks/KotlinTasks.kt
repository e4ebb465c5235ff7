package dev.coweave.benchmarks

import java.util.concurrent.Executor
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield

/** Tasks by Kotlin, on one thread unless said. */
object KotlinTasks {
    @JvmStatic
    fun awaitCompleted(n: Int, value: Long): Long = runBlocking {
        val done = CompletableDeferred(value)
        var sum = 0L
        for (i in 0 until n) sum += done.await()
        sum
    }

    private suspend fun suspending(x: Long): Long {
        if (x == Long.MIN_VALUE) yield()
        return x * 31 + 7
    }

    @JvmStatic
    fun calls(n: Int): Long = runBlocking {
        var x = 1L
        for (i in 0 until n) x = suspending(x)
        x
    }

    private interface Step {
        suspend fun step(x: Long): Long
    }

    private class Add(val n: Long) : Step {
        override suspend fun step(x: Long): Long {
            if (x == Long.MIN_VALUE) yield()
            return x + n
        }
    }

    private class Xor(val n: Long) : Step {
        override suspend fun step(x: Long): Long {
            if (x == Long.MIN_VALUE) yield()
            return x xor n
        }
    }

    private class Times(val n: Long) : Step {
        override suspend fun step(x: Long): Long {
            if (x == Long.MIN_VALUE) yield()
            return x * n
        }
    }

    private class Minus(val n: Long) : Step {
        override suspend fun step(x: Long): Long {
            if (x == Long.MIN_VALUE) yield()
            return x - n
        }
    }

    private val steps = arrayOf(Add(3), Xor(5), Times(7), Minus(11))

    @JvmStatic
    fun interfaceCalls(n: Int, classes: Int): Long = runBlocking {
        var x = 1L
        for (i in 0 until n) x = steps[i and (classes - 1)].step(x)
        x
    }

    private suspend fun increment(source: CompletableDeferred<Long>): Long = source.await() + 1

    @JvmStatic
    fun asyncs(n: Int, waits: Boolean): Long = runBlocking {
        var sum = 0L
        for (i in 0L until n) {
            val source = if (waits) CompletableDeferred<Long>() else CompletableDeferred(i)
            val result = async(start = CoroutineStart.UNDISPATCHED) { increment(source) }
            source.complete(i)
            sum += result.await()
        }
        sum
    }

    private class Count {
        var value = 0L
    }

    @JvmStatic
    fun takeTurns(n: Int): Long = runBlocking {
        val count = Count()
        val one = launch { turns(n, count) }
        val other = launch { turns(n, count) }
        one.join()
        other.join()
        count.value
    }

    private suspend fun turns(n: Int, count: Count) {
        for (i in 0 until n) {
            count.value++
            yield()
        }
    }

    @JvmStatic
    fun pingPong(n: Int): Long = runBlocking {
        val there = Channel<Long>(1)
        val back = Channel<Long>(1)
        val echo = launch { for (i in 0 until n) back.send(there.receive() + 1) }
        var sum = 0L
        for (i in 0L until n) {
            there.send(i)
            sum += back.receive()
        }
        echo.join()
        sum
    }

    @JvmStatic
    fun lockOften(n: Int): Long = runBlocking {
        val mutex = Mutex()
        val count = Count()
        val one = launch { lockOften(mutex, n, count) }
        val other = launch { lockOften(mutex, n, count) }
        one.join()
        other.join()
        count.value
    }

    private suspend fun lockOften(mutex: Mutex, n: Int, count: Count) {
        for (i in 0 until n) {
            mutex.lock()
            yield()
            count.value++
            mutex.unlock()
        }
    }

    private suspend fun child(i: Long): Long {
        yield()
        return i
    }

    @JvmStatic
    fun children(n: Int): Long = runBlocking {
        coroutineScope { (0L until n).map { async { child(it) } } }.sumOf { it.await() }
    }

    @JvmStatic
    fun timeouts(n: Int): Long = runBlocking {
        var sum = 0L
        for (i in 0L until n) sum += withTimeout(3_600_000) { child(i) }
        sum
    }

    private suspend fun body(i: Long): Long {
        if (i < 0) yield()
        return i
    }

    @JvmStatic
    fun onExecutor(pool: Executor, n: Int): Long = runBlocking {
        val scope = CoroutineScope(pool.asCoroutineDispatcher())
        (0L until n).map { scope.async { body(it) } }.awaitAll().sum()
    }

    private suspend fun fail(depth: Int): Long {
        if (depth > 1) return fail(depth - 1) + 1
        yield()
        throw IllegalArgumentException("thrown")
    }

    @JvmStatic
    fun throwing(n: Int, depth: Int): Long = runBlocking {
        var caught = 0L
        for (i in 0 until n) {
            try {
                caught += fail(depth)
            } catch (e: IllegalArgumentException) {
                caught++
            }
        }
        caught
    }
}
