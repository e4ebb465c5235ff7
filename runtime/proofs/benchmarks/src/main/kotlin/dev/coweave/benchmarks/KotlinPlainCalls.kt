package dev.coweave.benchmarks

import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.yield

/** Plain code that calls into coroutines by Kotlin. */
class KotlinPlainCalls {
    private val mutex = Mutex()
    private val channel = Channel<Long>(1)

    private suspend fun called(wait: Boolean): Long {
        if (wait) yield()
        return 1
    }

    fun suspending(wait: Boolean): Long = runBlocking { called(wait) }

    fun await(done: CompletableDeferred<Long>): Long = runBlocking { done.await() }

    fun lock(): Long {
        runBlocking { mutex.lock() }
        mutex.unlock()
        return 1
    }

    fun send(): Long {
        runBlocking { channel.send(1) }
        return runBlocking { channel.receive() }
    }

    companion object {
        @JvmStatic
        fun completed(value: Long): CompletableDeferred<Long> = CompletableDeferred(value)
    }
}
