@file:JvmName("Parts")
@file:JvmMultifileClass

package languages

import dev.coweave.Coroutine
import dev.coweave.task.Task.await
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CompletableFuture.completedFuture

// A class of its own has each function, and Parts what leads to them.

@Coroutine
fun part(n: Int = later(1)): Int = later(n)

@Coroutine
fun text(prefix: String = later("p"), n: Int): String = prefix + later(n)

@Coroutine
fun partly(gate: CompletableFuture<Int> = completedFuture(10), n: Int = 1): CompletableFuture<Int> = completedFuture(n + await(gate))
