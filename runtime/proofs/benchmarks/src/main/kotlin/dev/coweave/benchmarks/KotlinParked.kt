package dev.coweave.benchmarks

import java.util.ArrayDeque
import kotlin.coroutines.CoroutineContext
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.Runnable
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.sync.Mutex

/** Parked coroutines of a dispatcher that runs when it is told to. */
class KotlinParked(wait: Int, tasks: Int) {
    private class Queue : CoroutineDispatcher() {
        val ready = ArrayDeque<Runnable>()

        override fun dispatch(context: CoroutineContext, block: Runnable) {
            ready.add(block)
        }

        fun runAll() {
            while (true) (ready.poll() ?: return).run()
        }
    }

    private val queue = Queue()
    private val channel = Channel<Long>(1)
    private val future = CompletableDeferred<Long>()
    private val mutex = Mutex(locked = true)
    private var cancelled = 0L
    private val jobs: List<Job>

    init {
        val scope = CoroutineScope(queue)
        jobs = (0 until tasks).map { scope.launch { park(wait) } }
        queue.runAll()
    }

    private suspend fun park(wait: Int) {
        try {
            when (wait) {
                0 -> delay(3_600_000)
                1 -> channel.receive()
                2 -> future.await()
                else -> mutex.lock()
            }
        } catch (e: CancellationException) {
            cancelled++
            throw e
        }
    }

    fun cancel(): Long {
        for (job in jobs) job.cancel()
        queue.runAll()
        return cancelled
    }
}
