package dev.coweave.benchmarks

import java.util.PriorityQueue

/** Processes by Kotlin: sequences that yield how long they wait, and a queue of events. */
class KotlinSimulation(private val machines: Int, private val parts: Int) {
    private class Event(val time: Long, val number: Long, val process: Iterator<Int>) : Comparable<Event> {
        override fun compareTo(other: Event): Int =
            if (time != other.time) time.compareTo(other.time) else number.compareTo(other.number)
    }

    private val events = PriorityQueue<Event>()
    private var scheduled = 0L
    private var made = 0L

    private fun machine(number: Int): Sequence<Int> = sequence {
        var x = number
        for (part in 0 until parts) {
            x = SimulationBenchmark.next(x)
            yield(x % 1000 + 1)
            made += x % 1000
        }
    }

    private fun resume(process: Iterator<Int>, now: Long) {
        if (process.hasNext()) {
            events.add(Event(now + process.next(), scheduled++, process))
        }
    }

    fun run(): Long {
        for (number in 0 until machines) resume(machine(number).iterator(), 0)
        while (true) {
            val event = events.poll() ?: return made
            resume(event.process, event.time)
        }
    }
}
