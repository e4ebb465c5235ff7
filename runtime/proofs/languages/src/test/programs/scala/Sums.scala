package languages

import dev.coweave.Coroutine
import dev.coweave.task.Task
import java.util.concurrent.CompletableFuture
import scala.annotation.varargs

/** Java's view of it: methods with arrays, and static ones, which lead to these. */
class Sums {
  @varargs @Coroutine def sum(xs: Int*): Int = Base.later(xs.sum)

  @varargs @Coroutine def begin(gate: CompletableFuture[Integer], xs: String*): CompletableFuture[Integer] =
    CompletableFuture.completedFuture(xs.length + Task.await(gate))
}

object Sums {
  @varargs @Coroutine def product(xs: Int*): Int = Base.later(xs.product)
}
