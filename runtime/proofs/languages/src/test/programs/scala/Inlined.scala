package languages

import dev.coweave.{Coroutine, CoroutineCallable}
import dev.coweave.languages.Gives

/** Scala 3's inline methods reach what is private by accessors; extensions, exports and enums are its own too. */
class Inlining {
  @Coroutine private def hidden(n: Int): Int = Base.later(5 + n)

  inline def plus(n: Int): Int = hidden(n) + 1
}

class Engine {
  @Coroutine def start(n: Int = Base.later(1)): String = Base.later("start" + n)
}

class Car {
  private val engine = Engine()
  export engine.start
}

enum Color(val n: Int) {
  case Red extends Color(1)
  case Mixed(a: Int) extends Color(a)

  @Coroutine def value: Int = Base.later(n)
}

object Inlining {
  inline def lambda(inline body: Int): CoroutineCallable[Int] = () => body

  extension (s: String) @Coroutine def slowly(n: Int = Base.later(2)): String = Base.later(s) * n
}

class Scala3 {
  import Inlining.*

  @Gives("8 3")
  @Coroutine def inlineMethods(): String = s"${Inlining().plus(2)} ${lambda(Base.later(3)).call()}"

  @Gives("start1 start5 abab 1 7")
  @Coroutine def exportsExtensionsAndEnums(): String =
    s"${Car().start()} ${Car().start(5)} ${"ab".slowly()} ${Color.Red.value} ${Color.Mixed(7).value}"
}
