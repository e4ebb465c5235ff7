package dev.coweave.benchmarks

import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.runBlocking

/** Sequences by Kotlin. */
object KotlinSequences {
    @JvmStatic
    fun fibonacci(n: Int): Sequence<Long> = sequence {
        var a = 0L
        var b = 1L
        for (i in 0 until n) {
            yield(a)
            val c = a + b
            a = b
            b = c
        }
    }

    @JvmStatic
    fun sum(numbers: Sequence<Long>): Long {
        var sum = 0L
        for (element in numbers) sum += element
        return sum
    }

    @JvmStatic
    fun each(words: Array<String>): Sequence<String> = sequence { for (word in words) yield(word) }

    private fun numbers(n: Int): Sequence<Long> = sequence { for (i in 0L until n) yield(i) }

    private fun even(numbers: Sequence<Long>): Sequence<Long> = sequence { for (i in numbers) if (i % 2 == 0L) yield(i) }

    private fun squares(numbers: Sequence<Long>): Sequence<Long> = sequence { for (i in numbers) yield(i * i) }

    @JvmStatic
    fun evenSquares(n: Int): Sequence<Long> = squares(even(numbers(n)))

    @JvmStatic
    fun nested(depth: Int, n: Int): Sequence<Long> =
        if (depth > 0) sequence { yieldAll(nested(depth - 1, n)) } else numbers(n)

    private suspend fun SequenceScope<Long>.walk(tree: TreeWalkBenchmark.Node?) {
        if (tree != null) {
            walk(tree.left)
            yield(tree.value)
            walk(tree.right)
        }
    }

    @JvmStatic
    @JvmName("inOrder")
    internal fun inOrder(tree: TreeWalkBenchmark.Node): Sequence<Long> = sequence { walk(tree) }

    private fun range(n: Int): Flow<Long> = flow { for (i in 0 until n) emit(i.toLong()) }

    @JvmStatic
    fun flowSum(n: Int): Long = runBlocking {
        var sum = 0L
        range(n).collect { sum += it }
        sum
    }
}
