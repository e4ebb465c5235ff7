package languages

import dev.coweave.Coroutine
import dev.coweave.CoroutineCallable
import dev.coweave.CoroutineRunnable
import dev.coweave.generator.Generator
import dev.coweave.languages.Gives
import dev.coweave.task.Task
import dev.coweave.task.Task.await
import dev.coweave.task.TaskScope
import java.io.IOException
import java.time.Duration
import java.util.concurrent.Callable
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CompletableFuture.completedFuture
import java.util.concurrent.CompletionStage
import java.util.concurrent.TimeUnit
import java.util.function.Function
import java.util.function.Supplier
import kotlin.reflect.KProperty

// ---- top-level functions, extensions

@Coroutine
fun <T> later(value: T): T {
  Task.`yield`()
  return value
}

@Coroutine
fun fail(message: String): Nothing {
  Task.`yield`()
  throw IOException(message)
}

@Coroutine
fun defaulted(a: Int = later(1), b: String = "b" + later(2), c: Long = 3): String = "$a$b${later(c)}"

@Coroutine
fun Int.plusLater(other: Int): Int = later(this) + later(other)

val Int.laterSquared: Int
  @Coroutine get() = later(this) * this

@Coroutine
fun <T, R> transform(value: T, f: Transform<T, R>): R = f.apply(f.prepare(value))

fun interface Transform<T, R> {
  @Coroutine
  fun apply(value: T): R

  @Coroutine
  fun prepare(value: T): T = later(value)
}

fun interface IntOp {
  @Coroutine
  fun apply(x: Int): Int
}

@Coroutine
inline fun repeatLater(n: Int, body: (Int) -> Unit) {
  for (i in 0 until n) body(later(i))
}

// ---- classes

interface Named {
  @Coroutine
  fun name(): String = "named " + later(suffix())

  @Coroutine
  fun suffix(n: Int = later(1)): String
}

abstract class Shape<T> {
  @Coroutine
  abstract fun area(): T

  @Coroutine
  protected open fun unit(): String = later("cm")

  @Coroutine
  open fun both(): String = area().toString() + unit()
}

sealed class Tree {
  object Leaf : Tree()

  data class Node(val left: Tree, val value: Int, val right: Tree) : Tree()
}

data class Point(val x: Int, val y: Int = 2) {
  @Coroutine
  operator fun plus(other: Point): Point = copy(x = later(x) + other.x, y = later(y) + other.y)
}

@JvmInline
value class Id(val text: String) {
  @Coroutine
  fun shout(): String = later(text).uppercase()
}

enum class Level {
  LOW {
    @Coroutine
    override fun text(): String = later("low")
  },
  HIGH {
    @Coroutine
    override fun text(): String = later("high")
  };

  @Coroutine
  abstract fun text(): String
}

object Registry {
  @Coroutine
  fun find(key: String): String? = if (later(key) == "k") later("v") else null
}

interface Step<T> {
  @Coroutine
  fun run(n: Int = 1): T

  @Coroutine
  fun twice(): String = "${run()} ${run(2)}"
}

class Waits : Step<Int> {
  @Coroutine
  override fun run(n: Int): Int = later(n)
}

class Delegating(step: Step<Int>) : Step<Int> by step

class Starts(private val gate: CompletableFuture<Int>) :
    Step<CompletableFuture<Int>>,
    Supplier<CompletableFuture<Int>>,
    Callable<CompletableFuture<Int>>,
    Function<Int, CompletionStage<Int>> {
  @Coroutine
  override fun run(n: Int): CompletableFuture<Int> = completedFuture(n + await(gate))

  @Coroutine
  override fun get(): CompletableFuture<Int> = completedFuture(2 + await(gate))

  @Coroutine
  override fun call(): CompletableFuture<Int> = completedFuture(3 + await(gate))

  @Coroutine
  override fun apply(n: Int): CompletableFuture<Int> = completedFuture(n + await(gate))

  @Coroutine
  fun start(n: Int = 5): CompletableFuture<Int> = completedFuture(n + await(gate))

  @Coroutine
  private fun hidden(n: Int = 6): CompletableFuture<Int> = completedFuture(n + await(gate))

  inner class Accesses {
    fun hidden(): CompletableFuture<Int> = this@Starts.hidden()
  }

  companion object {
    @JvmStatic
    @Coroutine
    fun begin(gate: CompletableFuture<Int>): CompletableFuture<Int> = completedFuture(7 + await(gate))
  }
}

class Counts : Iterable<Int>, Step<Generator<Int>> {
  @Coroutine
  override fun iterator(): Generator<Int> {
    Generator.`yield`<Any?>(1)
    return Generator.end()
  }

  @Coroutine
  override fun run(n: Int): Generator<Int> {
    Generator.`yield`<Any?>(n)
    return Generator.end()
  }
}

class Slow<T>(private var kept: T) {
  @Coroutine
  operator fun getValue(owner: Any?, property: KProperty<*>): T = later(kept)

  @Coroutine
  operator fun setValue(owner: Any?, property: KProperty<*>, value: T) {
    kept = later(value)
  }
}

class Program : Shape<Int>(), Named {
  private val secret = 7
  private var counter = 0

  @Coroutine
  override fun area(): Int = later(12)

  @Coroutine
  override fun unit(): String = super.unit() + "2"

  @Coroutine
  override fun suffix(n: Int): String = "suffix" + later(n)

  @Coroutine
  private fun hidden(): Int = later(secret)

  var property: Int
    @Coroutine get() = later(counter)
    @Coroutine
    set(value) {
      counter = later(value)
    }

  companion object {
    @Coroutine
    fun make(n: Int = later(4)): Int = later(n)

    @JvmStatic
    @Coroutine
    fun makeStatic(n: Int): Int = later(n)

    @Coroutine
    private fun hiddenToo(): Int = later(3)
  }

  @Gives("1b23; 1y3; 52z3; 9b29")
  @Coroutine
  fun defaultArguments(): String =
      listOf(defaulted(), defaulted(b = "y"), defaulted(5, later("2z")), defaulted(a = 9, c = 9)).joinToString("; ")

  @Gives("named suffix1 suffix5")
  @Coroutine
  fun defaultArgumentsOfAnInterface(): String {
    val n: Named = this
    return n.name() + " " + n.suffix(5)
  }

  @Gives("30 5 3 9")
  @Coroutine
  fun overloads(): String = "${over()}${over(-2)}".replace("1", "") + " " + over(2, 3) + " " + over(1) + " " + over(4, 5)

  @Coroutine
  @JvmOverloads
  fun over(a: Int = 1, b: Int = later(2)): Int = later(a + b)

  @Gives("1 1 2 1 1 2 8")
  @Coroutine
  fun suspendingMethodsThroughWhatTheCompilerAdds(): String {
    val step: Step<Int> = Waits()
    val delegating = Delegating(step)
    return "${step.run()} ${step.twice()} ${delegating.run()} ${delegating.twice()} ${Counts().run(8).next()}"
  }

  /** Each begins to wait, and returns. */
  @Gives("11 12 13 14 15 16 17 18 1 1")
  fun asyncMethodsAndGeneratorsThroughWhatTheCompilerAdds(): String {
    val gate = CompletableFuture<Int>()
    val starts = Starts(gate)
    val step: Step<CompletableFuture<Int>> = starts
    val supplier: Supplier<CompletableFuture<Int>> = starts
    val callable: Callable<CompletableFuture<Int>> = starts
    val function: Function<Int, CompletionStage<Int>> = starts
    val all =
        listOf(
            step.run(),
            supplier.get(),
            callable.call(),
            function.apply(4).toCompletableFuture(),
            starts.start(),
            starts.Accesses().hidden(),
            Starts.begin(gate),
            completedFuture(8).thenCompose(starts),
        )
    gate.complete(10)
    val numbers: Iterable<Int> = Counts()
    val generating: Step<Generator<Int>> = Counts()
    return all.joinToString(" ") { it.get(5, TimeUnit.SECONDS).toString() } +
        " ${numbers.iterator().next()} ${generating.run().next()}"
  }

  @Gives("12cm2")
  @Coroutine
  fun genericSupers(): String = (this as Shape<*>).both()

  @Gives("5 16")
  @Coroutine
  fun extensions(): String = "${2.plusLater(3)} ${4.laterSquared}"

  @Gives("0 8")
  @Coroutine
  fun properties(): String {
    val before = property
    property = later(7)
    property += 1
    return "$before $property"
  }

  @Gives("4 9 3 2")
  @Coroutine
  fun companions(): String = "${make()} ${make(9)} ${hiddenToo()} ${makeStatic(2)}"

  @Gives("18 x!")
  @Coroutine
  fun lambdas(): String {
    val o = IntOp { x -> hidden() + later(x) }
    val t = transform("x") { s -> later(s) + "!" }
    return "${o.apply(later(4)) + o.apply(0)} $t"
  }

  @Gives("nested 3 [a, b]")
  @Coroutine
  fun lambdasInLambdas(): String {
    val list = ArrayList<String>()
    var n = 1
    val outer = CoroutineCallable {
      val inner = CoroutineRunnable {
        n += later(2)
        list.add(later("a"))
      }
      inner.run()
      list.add(later("b"))
      "nested"
    }
    return outer.call() + " $n $list"
  }

  @Gives("5 9 later")
  @Coroutine
  fun references(): String {
    val bound = IntOp(::plusOne)
    val top = Transform<Int, Int>(::increment)
    val generic = Transform<String, String>(::later)
    return "${bound.apply(4)} ${top.apply(8)} ${generic.apply("later")}"
  }

  @Coroutine
  fun plusOne(x: Int): Int = later(x) + 1

  @Gives("[1, 3] 6 ab")
  @Coroutine
  fun inlineFunctions(): String {
    val odd = listOf(1, 2, 3).filter { later(it) % 2 == 1 }
    var sum = 0
    run loop@{
      listOf(1, 2, 3, 4).forEach {
        if (later(it) == 4) return@loop
        sum += it
      }
    }
    val s = StringBuilder().apply { append(later("a")) }.also { it.append(later("b")) }
    return "$odd $sum $s"
  }

  private val nested: IntOp

  init {
    val k = 5
    nested = IntOp { x -> IntOp { later(it + x) }.apply(k) }
  }

  @Gives("6")
  @Coroutine
  fun lambdasInLambdasOfAnInitializer(): String = nested.apply(1).toString()

  @Gives("3 4 5")
  @Coroutine
  fun delegatesOfLocalVariables(): String {
    var x by Slow(3)
    val before = x
    x = later(4)
    return "$before $x ${++x}"
  }

  @Gives("referred 11 done 3 8")
  @Coroutine
  fun adaptedReferences(): String {
    val c = CoroutineCallable(::referred)
    val d = IntOp(::withDefault)
    val r = CoroutineRunnable(::counts)
    r.run()
    val v = IntOp(::sumOf)
    return "${c.call()} ${d.apply(1)} done $counter ${v.apply(8)}"
  }

  @Coroutine
  fun referred(): String = later("referred")

  @Coroutine
  fun withDefault(a: Int, b: Int = later(10)): Int = later(a + b)

  @Coroutine
  fun counts(): Int {
    counter += later(3)
    return counter
  }

  @Coroutine
  fun sumOf(vararg x: Int): Int = later(x.sum())

  @Gives("1 5 p3 11")
  @Coroutine
  fun filesOfSeveralParts(): String = "${part()} ${part(5)} ${text(n = 3)} ${await(partly())}"

  @Gives("11")
  fun asyncMethodsOfFilesOfSeveralParts(): String {
    val gate = CompletableFuture<Int>()
    val begun = partly(gate)
    gate.complete(10)
    return begun.get(5, TimeUnit.SECONDS).toString()
  }

  @Gives("0 1 2 done")
  @Coroutine
  fun ownInlineFunctions(): String {
    var s = ""
    repeatLater(3) { s += later("$it ") }
    return s + "done"
  }

  @Gives("1 then 2 found")
  @Coroutine
  fun returnsFromInlineLambdas(): String {
    var s = ""
    listOf(1, 2, 3).forEach {
      if (later(it) == 3) return s + "found"
      s += if (it == 1) "1 then " else "2 "
    }
    return "?"
  }

  @Gives("10 3")
  @Coroutine
  fun localFunctions(): String {
    @Coroutine
    fun local(x: Int): Int = later(x) + secret
    val f = CoroutineCallable { local(3) - 7 }
    return "${local(3)} ${f.call()}"
  }

  @Gives("8 7")
  @Coroutine
  fun objectExpressions(): String {
    val o =
        object : IntOp {
          @Coroutine
          override fun apply(x: Int): Int = hidden() + later(x)
        }
    return "${o.apply(1)} ${Inner().up()}"
  }

  inner class Inner {
    @Coroutine
    fun up(): Int = hidden()
  }

  @Gives("1 2 3 4")
  fun generators(): String = walk(Tree.Node(Tree.Node(Tree.Leaf, 1, Tree.Leaf), 2, Tree.Node(Tree.Leaf, 3, Tree.Node(Tree.Leaf, 4, Tree.Leaf))))
      .stream().toList().joinToString(" ")

  @Coroutine
  private fun walk(t: Tree): Generator<Int> {
    when (t) {
      is Tree.Leaf -> {}
      is Tree.Node -> {
        Generator.yieldAll<Any?>(walk(t.left))
        Generator.`yield`<Any?>(t.value)
        Generator.yieldAll<Any?>(walk(t.right))
      }
    }
    return Generator.end()
  }

  @Gives("0 1 4 9")
  fun iterables(): String = squares(4).joinToString(" ")

  @Coroutine
  private fun squares(n: Int): Iterable<Int> {
    for (i in 0 until n) Generator.`yield`<Any?>(i * i)
    return Generator.end()
  }

  @Gives("async 3")
  fun asyncMethods(): String = async("async", 3).get()

  @Coroutine
  fun async(a: String, b: Int): CompletableFuture<String> = CompletableFuture.completedFuture("${later(a)} ${later(b)}")

  @Gives("caught x, finally, ended")
  @Coroutine
  fun tryCatchFinally(): String {
    val log = ArrayList<String>()
    val r =
        try {
          fail("x")
        } catch (e: IOException) {
          log += "caught " + later(e.message)
          later("ended")
        } finally {
          log += later("finally")
        }
    return (log + r).joinToString(", ")
  }

  @Gives("use closed")
  @Coroutine
  fun use(): String {
    var s = ""
    val resource = AutoCloseable { s += "closed" }
    resource.use { s += later("use ") }
    return s
  }

  @Gives("int 1 str a null other v ?")
  @Coroutine
  fun whenAndElvis(): String {
    val s = StringBuilder()
    for (o in listOf(1, "a", null, 2.0)) {
      s.append(
          when (o) {
            is Int -> "int " + later(o)
            is String -> "str " + later(o)
            null -> later("null")
            else -> later("other")
          })
      s.append(" ")
    }
    s.append(Registry.find("k") ?: later("?")).append(" ").append(Registry.find("x")?.length ?: later("?"))
    return s.toString()
  }

  @Gives("Point(x=4, y=6) 3")
  @Coroutine
  fun operatorsAndDestructuring(): String {
    val sum = Point(1) + later(Point(3, 4))
    val (x, y) = Point(later(1)) + Point(0, 0)
    return "$sum ${x + y}"
  }

  @Gives("ABC ID low high")
  @Coroutine
  fun valueClassesAndEnums(): String = Id(later("abc")).shout() + " " + idOf(Id("id")).text + " " + Level.entries.map { it.text() }.joinToString(" ")

  @Coroutine
  fun idOf(id: Id): Id = Id(id.shout())

  @Gives("5050")
  @Coroutine
  fun tailRecursion(): String = sum(100, 0).toString()

  @Coroutine
  private tailrec fun sum(n: Int, acc: Int): Int = if (n == 0) acc else sum(n - 1, later(acc + n))

  @Gives("3 9 [1, 9, 3]")
  @Coroutine
  fun compoundAssignments(): String {
    val a = intArrayOf(1, 2, 3)
    a[later(1)] += later(7)
    var i = 1
    val j = i++ + later(i)
    return "$j ${a[1]} ${a.toList()}"
  }

  @Gives("1 x 2.5 3 true")
  @Coroutine
  fun templates(): String = "${later(1)} ${later("x")} ${later(2.5)} ${later(3L)} ${later(true)}"

  @Gives("3 awaited")
  @Coroutine
  fun tasks(): String {
    var total = 0
    TaskScope.open().use { scope ->
      val a = scope.fork(CoroutineCallable { later(1) })
      val b = scope.fork(CoroutineCallable { Task.sleep(Duration.ofMillis(1)); later(2) })
      scope.join()
      total = a.join() + b.join()
    }
    return "$total " + await(CompletableFuture.supplyAsync { "awaited" })
  }

  /** Kotlin's own. */
  suspend fun kotlins(x: Int): Int = kotlinsToo(x) + kotlinsToo(x + 1)

  private suspend fun kotlinsToo(x: Int): Int =
      kotlin.coroutines.intrinsics.suspendCoroutineUninterceptedOrReturn { c ->
        resumeLater = { c.resumeWith(Result.success(x)) }
        kotlin.coroutines.intrinsics.COROUTINE_SUSPENDED
      }

  private var resumeLater: (() -> Unit)? = null

  @Gives("5")
  fun kotlinsOwnCoroutines(): String {
    var result: Int? = null
    val c =
        object : kotlin.coroutines.Continuation<Int> {
          override val context = kotlin.coroutines.EmptyCoroutineContext

          override fun resumeWith(r: Result<Int>) {
            result = r.getOrThrow()
          }
        }
    val body: suspend () -> Int = { kotlins(2) }
    kotlin.coroutines.Continuation::class
    if ((body as (kotlin.coroutines.Continuation<Int>) -> Any?).invoke(c) == kotlin.coroutines.intrinsics.COROUTINE_SUSPENDED) {
      while (result == null) resumeLater!!.invoke()
    }
    return result.toString()
  }
}

@Coroutine
fun increment(x: Int): Int = later(x) + 1
