package dev.coweave.benchmarks

import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.runBlocking

/** What SequenceBenchmark does, by Kotlin's flow. */
object KotlinFlows {
    private fun range(n: Int): Flow<Long> = flow { for (i in 0 until n) emit(i.toLong()) }

    @JvmStatic
    fun sum(n: Int): Long = runBlocking {
        var sum = 0L
        range(n).collect { sum += it }
        sum
    }
}
