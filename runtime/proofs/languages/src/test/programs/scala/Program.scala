package languages

import dev.coweave.{Coroutine, CoroutineCallable, CoroutineRunnable}
import dev.coweave.generator.Generator
import dev.coweave.languages.Gives
import dev.coweave.task.{Task, TaskScope}
import java.io.IOException
import java.util.concurrent.{Callable, CompletableFuture, TimeUnit}
import java.util.function.Supplier

object Base {
  @Coroutine def later[T](value: T): T = { Task.`yield`(); value }

  @Coroutine def fail(message: String): Nothing = { Task.`yield`(); throw new IOException(message) }

  @Coroutine def withDefaults(a: Int = later(1))(b: String = "b" + a): String = s"$a$b${later(3L)}"
}

import Base._

trait IntOp { @Coroutine def apply(x: Int): Int }

trait Transform[T, R] {
  @Coroutine def apply(value: T): R

  @Coroutine def prepare(value: T): T = later(value)
}

trait Named {
  @Coroutine def name(): String = "named " + later(suffix())

  @Coroutine def suffix(n: Int = later(1)): String

  @Coroutine private def hidden(): Int = later(2)

  @Coroutine def usesHidden(): Int = hidden() + 1

  @Coroutine final def last(): Int = later(6)
}

trait Loud extends Named {
  @Coroutine abstract override def suffix(n: Int): String = super.suffix(later(n)) + "!"
}

abstract class Shape[T] {
  @Coroutine def area(): T

  @Coroutine protected def unit(): String = later("cm")

  @Coroutine def both(): String = area().toString + unit()
}

sealed trait Tree
case object Leaf extends Tree
case class Node(left: Tree, value: Int, right: Tree) extends Tree

case class Point(x: Int, y: Int = 2) {
  @Coroutine def +(other: Point): Point = copy(x = later(x) + other.x, y = later(y) + other.y)
}

class Id(val text: String) extends AnyVal {
  @Coroutine def shout(): String = later(text).toUpperCase
}

class Quiet { @Coroutine def suffix(n: Int): String = "suffix" + later(n) }

trait Step[T] {
  @Coroutine def run(n: Int = 1): T

  @Coroutine def twice(): String = s"${run()} ${run(2)}"
}

class Waits extends Step[Int] { @Coroutine def run(n: Int): Int = later(n) }

class Starts(gate: CompletableFuture[Int]) extends Step[CompletableFuture[Int]] with Supplier[CompletableFuture[Int]] with Callable[CompletableFuture[Int]] {
  @Coroutine def run(n: Int): CompletableFuture[Int] = CompletableFuture.completedFuture(n + Task.await(gate))

  @Coroutine def get(): CompletableFuture[Int] = CompletableFuture.completedFuture(2 + Task.await(gate))

  @Coroutine def call(): CompletableFuture[Int] = CompletableFuture.completedFuture(3 + Task.await(gate))

  @Coroutine def start(n: Int = 4): CompletableFuture[Int] = CompletableFuture.completedFuture(n + Task.await(gate))
}

/** Its method is in the trait, and each class has a forwarder to it. */
trait StartsToo[T] { @Coroutine def begin(gate: CompletableFuture[Int]): CompletableFuture[Int] = CompletableFuture.completedFuture(5 + Task.await(gate)) }

class Mixed extends StartsToo[Int]

object Statics extends StartsToo[Int]

class Counts extends java.lang.Iterable[Int] with Step[Generator[Int]] {
  @Coroutine def iterator(): Generator[Int] = { Generator.`yield`[Any](1); Generator.end() }

  @Coroutine def run(n: Int): Generator[Int] = { Generator.`yield`[Any](n); Generator.end() }
}

/** Overloads of several kinds, which the trait's forwarders must not take for each other. */
trait Overloaded {
  @Coroutine def of(x: CompletableFuture[Int]): CompletableFuture[Int] = CompletableFuture.completedFuture(1 + Task.await(x))

  @Coroutine def of(x: String): String = later(x)

  @Coroutine def of(x: Long): Generator[Long] = { Generator.`yield`[Any](x); Generator.end() }

  def of(x: Double): Double = x
}

class Overloads extends Overloaded

trait LoudOverloads extends Overloaded {
  @Coroutine abstract override def of(x: String): String = super.of(x) + "!"

  @Coroutine abstract override def of(x: CompletableFuture[Int]): CompletableFuture[Int] = super.of(x)
}

class StackedOverloads extends Overloads with LoudOverloads

class Meters(val n: Int) extends AnyVal {
  @Coroutine def plus(m: Meters, k: Int = later(1)): Meters = new Meters(later(n) + m.n + k)
}

abstract class OneMethod { @Coroutine def one(x: Int): Int }

trait Typed[A, B] { @Coroutine def apply(a: A): B }

class Program extends Shape[Int] with Named {
  private val secret = 7
  private var counter = 0

  @Coroutine override def area(): Int = later(12)

  @Coroutine override def unit(): String = super.unit() + "2"

  @Coroutine override def suffix(n: Int): String = "suffix" + later(n)

  @Coroutine private def hidden(): Int = later(secret)

  @Gives("1b13; 5b53; 2y3")
  @Coroutine def defaultArguments(): String =
    withDefaults()() + "; " + withDefaults(later(5))() + "; " + withDefaults(2)(later("y"))

  @Gives("named suffix1 suffix5 3 6")
  @Coroutine def traits(): String = {
    val n: Named = this
    s"${n.name()} ${n.suffix(5)} ${n.usesHidden()} ${last()}"
  }

  @Gives("named suffix1! suffix3!")
  @Coroutine def stackableTraits(): String = {
    class Plain extends Named { @Coroutine def suffix(n: Int): String = "suffix" + later(n) }
    val n = new Plain with Loud
    n.name() + " " + n.suffix(3)
  }

  @Gives("1 1 2 8")
  @Coroutine def suspendingMethodsThroughWhatTheCompilerAdds(): String = {
    val step: Step[Int] = new Waits
    s"${step.run()} ${step.twice()} ${new Counts().run(8).next()}"
  }

  /** Each begins to wait, and returns. */
  @Gives("11 12 13 14 15 15 1 1")
  def asyncMethodsAndGeneratorsThroughWhatTheCompilerAdds(): String = {
    val gate = new CompletableFuture[Int]
    val starts = new Starts(gate)
    val step: Step[CompletableFuture[Int]] = starts
    val supplier: Supplier[CompletableFuture[Int]] = starts
    val callable: Callable[CompletableFuture[Int]] = starts
    val all = List(step.run(), supplier.get(), callable.call(), starts.start(), new Mixed().begin(gate), Statics.begin(gate))
    gate.complete(10)
    val numbers: java.lang.Iterable[Int] = new Counts
    val generating: Step[Generator[Int]] = new Counts
    all.map(_.get(5, TimeUnit.SECONDS)).mkString(" ") + s" ${numbers.iterator().next()} ${generating.run().next()}"
  }

  @Gives("a 3 2.5 7 b! 4")
  @Coroutine def overloadsOfSeveralKinds(): String = {
    val o: Overloaded = new Overloads
    val s = new StackedOverloads
    s"${o.of("a")} ${Task.await(o.of(completed(2)))} ${o.of(2.5)} ${o.of(7L).next()} ${s.of("b")} ${Task.await(s.of(completed(3)))}"
  }

  private def completed(n: Int): CompletableFuture[Int] = CompletableFuture.completedFuture(n)

  /** Each begins to wait, and returns. */
  @Gives("11 11 7")
  def asyncOverloads(): String = {
    val gate = new CompletableFuture[Int]
    val o: Overloaded = new Overloads
    val all = List(o.of(gate), new StackedOverloads().of(gate))
    gate.complete(10)
    all.map(_.get(5, TimeUnit.SECONDS)).mkString(" ") + s" ${o.of(7L).next()}"
  }

  @Gives("cm cm2 cm? named suffix1")
  @Coroutine def supersInLambdasAndClasses(): String = {
    val a: CoroutineCallable[String] = () => super.unit()
    val b: CoroutineCallable[String] = () => unit()
    class Inner { @Coroutine def up(): String = Program.super.unit() + "?" }
    val c: CoroutineCallable[String] = () => super.name()
    s"${a.call()} ${b.call()} ${new Inner().up()} ${c.call()}"
  }

  @Gives("3 7 10")
  @Coroutine def defaultArgumentsOfLocalFunctions(): String = {
    @Coroutine def local(a: Int = later(1), b: Int = later(2)): Int = later(a + b)
    val c: CoroutineCallable[Int] = () => local(b = 9)
    s"${local()} ${local(5)} ${c.call()}"
  }

  @Gives("10 5")
  @Coroutine def defaultArgumentsOfValueClasses(): String =
    s"${new Meters(4).plus(new Meters(5)).n} ${new Meters(1).plus(new Meters(1), later(3)).n}"

  @Gives("9 6 x6")
  @Coroutine def lambdasOfClassesAndPrimitives(): String = {
    val a: OneMethod = x => later(x) + 8
    val b: Typed[Int, Int] = x => later(x) * 2
    val c: Typed[Int, String] = x => later("x") + b(x)
    s"${a.one(1)} ${b(3)} ${c(3)}"
  }

  object Nested { @Coroutine def value(n: Int = later(2)): Int = later(n) + secret }

  lazy val once: Int = 4

  @Gives("9 8")
  @Coroutine def nestedObjectsAndLazyValues(): String = s"${Nested.value()} ${later(once) + once}"

  @Gives("12cm2")
  @Coroutine def genericSupers(): String = (this: Shape[_]).both()

  @Gives("18 x!")
  @Coroutine def lambdas(): String = {
    val o: IntOp = x => hidden() + later(x)
    val t: Transform[String, String] = s => later(s) + "!"
    s"${o(later(4)) + o(0)} ${t(t.prepare("x"))}"
  }

  @Gives("nested 3 a")
  @Coroutine def lambdasInLambdas(): String = {
    var n = 1
    var s = ""
    val outer: CoroutineCallable[String] = () => {
      val inner: CoroutineRunnable = () => { n += later(2); s += later("a") }
      inner.run()
      later("nested")
    }
    s"${outer.call()} $n $s"
  }

  @Gives("5 9")
  @Coroutine def references(): String = {
    val o: IntOp = plusOne(_)
    val c: CoroutineCallable[Int] = () => Program.make(9)
    s"${o(4)} ${c.call()}"
  }

  @Coroutine def plusOne(x: Int): Int = later(x) + 1

  @Gives("4 9")
  @Coroutine def companions(): String = s"${Program.make()} ${Program.make(9)}"

  @Gives("0 8")
  @Coroutine def properties(): String = {
    val before = property
    property = later(7)
    property += 1
    s"$before $property"
  }

  @Coroutine def property: Int = later(counter)

  @Coroutine def property_=(value: Int): Unit = counter = later(value)

  @Gives("t1b s some3 list1,2 guard4 ?")
  @Coroutine def patterns(): String = {
    val s = new StringBuilder
    for (o <- Array[Any]((1, "b"), "s", Some(3), List(1, 2), 4, 'x').toSeq.iterator.toArray) ()
    val all = Array[Any]((1, "b"), "s", Some(3), List(1, 2), 4, 'x')
    var i = 0
    while (i < all.length) {
      s.append(all(i) match {
        case (a: Int, b) if later(a) == 1 => "t1" + later(b)
        case t: String => later(t)
        case Some(x) => later("some") + x
        case List(a, b) => later("list") + a + "," + later(b)
        case n: Int if later(true) => "guard" + later(n)
        case _ => later("?")
      })
      s.append(if (i < all.length - 1) " " else "")
      i += 1
    }
    s.toString
  }

  @Gives("10 3")
  @Coroutine def localFunctions(): String = {
    @Coroutine def local(x: Int): Int = later(x) + secret
    val f: CoroutineCallable[Int] = () => local(3) - 7
    s"${local(3)} ${f.call()}"
  }

  @Gives("8 7 v 1")
  @Coroutine def innerAndAnonymousClasses(): String = {
    val o = new IntOp { @Coroutine def apply(x: Int): Int = hidden() + later(x) }
    val c = new CoroutineCallable[String] { @Coroutine override def call(): String = later("v") }
    class Inner { @Coroutine def up(): Int = hidden() }
    s"${o(1)} ${new Inner().up()} ${c.call()} ${new Inner { @Coroutine override def up(): Int = later(1) }.up()}"
  }

  @Gives("1 2 3 4")
  def generators(): String = {
    val g = walk(Node(Node(Leaf, 1, Leaf), 2, Node(Leaf, 3, Node(Leaf, 4, Leaf))))
    val s = new StringBuilder
    while (g.hasNext) s.append(g.next()).append(" ")
    s.toString.trim
  }

  @Coroutine private def walk(t: Tree): Generator[Int] = {
    t match {
      case Leaf =>
      case Node(l, v, r) =>
        Generator.yieldAll[Any](walk(l))
        Generator.`yield`[Any](v)
        Generator.yieldAll[Any](walk(r))
    }
    Generator.end()
  }

  @Gives("async 3")
  def asyncMethods(): String = async("async", 3).get()

  @Coroutine def async(a: String, b: Int): CompletableFuture[String] =
    CompletableFuture.completedFuture(s"${later(a)} ${later(b)}")

  @Gives("caught x, finally, ended")
  @Coroutine def tryCatchFinally(): String = {
    var log = ""
    val r =
      try fail("x")
      catch {
        case e: IOException if later(true) =>
          log += "caught " + later(e.getMessage) + ", "
          later("ended")
      } finally log += later("finally") + ", "
    log + r
  }

  @Gives("1, b, (Point(4,6),2.5), null")
  @Coroutine def constructorsWithArgumentsThatWait(): String =
    s"${later(1)}, ${new String(later("b"))}, ${(Point(later(1)) + Point(later(3), 4), later(2.5))}, ${later(null)}"

  @Gives("ABC")
  @Coroutine def valueClasses(): String = new Id(later("abc")).shout()

  @Gives("5050")
  @Coroutine def tailRecursion(): String = sum(100, 0).toString

  @annotation.tailrec
  @Coroutine private def sum(n: Int, acc: Int): Int = if (n == 0) acc else sum(n - 1, later(acc + n))

  @Gives("while 0 1 2 do 3")
  @Coroutine def loops(): String = {
    var s = "while"
    var i = 0
    while (later(i) < 3) { s += " " + later(i); i += 1 }
    s + " do " + i
  }

  @Gives("3")
  @Coroutine def tasks(): String = {
    val scope = TaskScope.open()
    try {
      val a = scope.fork((() => later(1)): CoroutineCallable[Int])
      val b = scope.fork((() => later(2)): CoroutineCallable[Int])
      scope.join()
      (a.join() + b.join()).toString
    } finally scope.close()
  }

  /** What Scala passes by name, and its own functions, are plain: they work while nothing has to wait. */
  @Gives("6 12 Task.yield would block the coroutine languages.Program.plainFunctions")
  @Coroutine def plainFunctions(): String = {
    def twice(x: => Int): Int = x + x
    val doubled = List(1, 2, 3).map(_ * 2).sum
    try twice(later(1)).toString
    catch { case e: IllegalStateException => s"${twice(3)} $doubled ${e.getMessage.linesIterator.next().takeWhile(_ != '(')}" }
  }
}

object Program {
  @Coroutine def make(n: Int = later(4)): Int = later(n)
}
