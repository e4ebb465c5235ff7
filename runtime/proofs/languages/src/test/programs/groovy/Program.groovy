package languages

import dev.coweave.Coroutine
import dev.coweave.CoroutineCallable
import dev.coweave.CoroutineRunnable
import dev.coweave.generator.Generator
import dev.coweave.languages.Gives
import dev.coweave.task.Task
import dev.coweave.task.TaskScope
import groovy.transform.CompileStatic
import java.util.concurrent.Callable
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit
import java.util.function.Supplier

interface IntOp {
  @Coroutine int apply(int x)
}

interface Transform<T, R> {
  @Coroutine R apply(T value)

  @Coroutine default T prepare(T value) { value }
}

@CompileStatic
trait Named {
  @Coroutine String name() { 'named ' + Program.later(suffix(1)) }

  @Coroutine abstract String suffix(int n)
}

@CompileStatic
abstract class Shape<T> {
  @Coroutine abstract T area()

  @Coroutine protected String unit() { Program.later('cm') }

  @Coroutine String both() { area().toString() + unit() }
}

@CompileStatic
enum Level {
  LOW,
  HIGH

  @Coroutine String text() { Program.later(name().toLowerCase()) }
}

interface Step<T> {
  @Coroutine T run(int n)
}

@CompileStatic
trait Begins {
  @Coroutine CompletableFuture<Integer> begin(CompletableFuture<Integer> gate) { CompletableFuture.completedFuture(4 + Task.await(gate)) }
}

@CompileStatic
class Waits implements Step<Integer> {
  @Coroutine Integer run(int n) { Program.later(n) }
}

@CompileStatic
class Starts implements Step<CompletableFuture<Integer>>, Supplier<CompletableFuture<Integer>>, Callable<CompletableFuture<Integer>>, Begins {
  CompletableFuture<Integer> gate

  @Coroutine CompletableFuture<Integer> run(int n) { CompletableFuture.completedFuture(n + Task.await(gate)) }

  @Coroutine CompletableFuture<Integer> get() { CompletableFuture.completedFuture(2 + Task.await(gate)) }

  @Coroutine CompletableFuture<Integer> call() { CompletableFuture.completedFuture(3 + Task.await(gate)) }
}

@CompileStatic
class Counts implements Iterable<Integer>, Step<Generator<Integer>> {
  @Coroutine Generator<Integer> iterator() {
    Generator.yield(1)
    Generator.end()
  }

  @Coroutine Generator<Integer> run(int n) {
    Generator.yield(n)
    Generator.end()
  }
}

/** Its methods lead to the delegate's, and bear no annotation. */
@CompileStatic
class DelegatingWaits {
  @Delegate Waits waits = new Waits()
}

@CompileStatic
class DelegatingStarts {
  @Delegate Starts starts
}

@CompileStatic
class Program extends Shape<Integer> implements Named {
  private int secret = 7
  private int counter = 0

  @Coroutine static <T> T later(T value) {
    Task.yield()
    value
  }

  @Coroutine static int fail(String message) {
    Task.yield()
    throw new IOException(message)
  }

  @Coroutine Integer area() { later(12) }

  @Coroutine protected String unit() { super.unit() + '2' }

  @Coroutine String suffix(int n) { 'suffix' + later(n) }

  @Coroutine private int hidden() { later(secret) }

  @Gives('1x3 5x3 5y3')
  @Coroutine String defaultArguments() { defaulted() + ' ' + defaulted(5) + ' ' + defaulted(later(5), 'y') }

  @Coroutine String defaulted(int a = 1, String b = later('x')) { "$a$b${later(3L)}" }

  @Gives('named suffix1')
  @Coroutine String traits() { name() }

  @Gives('1 8')
  @Coroutine String suspendingMethodsThroughWhatTheCompilerAdds() {
    Step<Integer> step = new Waits()
    "${step.run(1)} ${new Counts().run(8).next()}"
  }

  /** Each begins to wait, and returns. */
  @Gives('11 12 13 14 1 1')
  String asyncMethodsAndGeneratorsThroughWhatTheCompilerAdds() {
    CompletableFuture<Integer> gate = new CompletableFuture<>()
    Starts starts = new Starts(gate: gate)
    Step<CompletableFuture<Integer>> step = starts
    Supplier<CompletableFuture<Integer>> supplier = starts
    Callable<CompletableFuture<Integer>> callable = starts
    List<CompletableFuture<Integer>> all = [step.run(1), supplier.get(), callable.call(), starts.begin(gate)]
    gate.complete(10)
    Iterable<Integer> numbers = new Counts()
    Step<Generator<Integer>> generating = new Counts()
    StringBuilder s = new StringBuilder()
    for (CompletableFuture<Integer> f : all) {
      s.append(f.get(5, TimeUnit.SECONDS)).append(' ')
    }
    "$s${numbers.iterator().next()} ${generating.run(1).next()}"
  }

  @Gives('5 5')
  @Coroutine String delegates() {
    "${new DelegatingWaits().run(5)} ${new DelegatingWaits().waits.run(5)}"
  }

  /** Each begins to wait, and returns. */
  @Gives('false 12 13 14')
  String asyncMethodsOfDelegates() {
    CompletableFuture<Integer> gate = new CompletableFuture<>()
    DelegatingStarts d = new DelegatingStarts(starts: new Starts(gate: gate))
    List<CompletableFuture<Integer>> all = [d.get(), d.call(), d.begin(gate)]
    StringBuilder s = new StringBuilder()
    s.append(all.any { it.isDone() })
    gate.complete(10)
    for (CompletableFuture<Integer> f : all) {
      s.append(' ').append(f.get(5, TimeUnit.SECONDS))
    }
    s.toString()
  }

  @Gives('12cm2')
  @Coroutine String genericSupers() { both() }

  @Gives('18 x!')
  @Coroutine String lambdas() {
    IntOp o = (int x) -> hidden() + later(x)
    Transform<String, String> t = (String s) -> later(s) + '!'
    "${o.apply(later(4)) + o.apply(0)} ${t.apply(t.prepare('x'))}"
  }

  @Gives('nested 3 a')
  @Coroutine String lambdasInLambdas() {
    int[] n = [1] as int[]
    StringBuilder s = new StringBuilder()
    CoroutineCallable<String> outer = () -> {
      CoroutineRunnable inner = () -> {
        n[0] += later(2)
        s.append(later('a'))
      }
      inner.run()
      later('nested')
    }
    "${outer.call()} ${n[0]} $s"
  }

  @Gives('5 8')
  @Coroutine String references() {
    IntOp o = this::plusOne
    IntOp p = Program::increment
    "${o.apply(4)} ${p.apply(7)}"
  }

  @Coroutine int plusOne(int x) { later(x) + 1 }

  @Coroutine static int increment(int x) { later(x) + 1 }

  @Gives('0 8')
  @Coroutine String properties() {
    int before = size
    setSize(later(7))
    setSize(size + 1)
    "$before $size"
  }

  @Coroutine int getSize() { later(counter) }

  @Coroutine void setSize(int value) { counter = later(value) }

  @Gives('8 v 7')
  @Coroutine String anonymousAndInnerClasses() {
    def o = new IntOp() {
      @Coroutine int apply(int x) { secret() + later(x) }

      int secret() { 7 }
    }
    def c = new CoroutineCallable<String>() {
      @Coroutine String call() { later('v') }
    }
    "${o.apply(1)} ${c.call()} ${new Inner().up()}"
  }

  class Inner {
    @Coroutine int up() { hidden() }
  }

  @Gives('1 2 3')
  String generators() { count(3).toList().join(' ') }

  @Coroutine private Generator<Integer> count(int n) {
    if (n > 1) {
      Generator.yieldAll(count(n - 1))
    }
    Generator.yield(n)
    Generator.end()
  }

  @Gives('0 1 4')
  String iterables() { squares(3).join(' ') }

  @Coroutine private Iterable<Integer> squares(int n) {
    for (int i = 0; i < n; i++) {
      Generator.yield(i * i)
    }
    Generator.end()
  }

  @Gives('async 3')
  String asyncMethods() { async('async', 3).get() }

  @Coroutine CompletableFuture<String> async(String a, int b) {
    CompletableFuture.completedFuture("${later(a)} ${later(b)}".toString())
  }

  @Gives('caught x, finally, ended')
  @Coroutine String tryCatchFinally() {
    String log = ''
    String r = ''
    try {
      fail('x')
    } catch (IOException e) {
      log += 'caught ' + later(e.message) + ', '
      r = later('ended')
    } finally {
      log += later('finally') + ', '
    }
    log + r
  }

  @Gives('[1, 2] a low,high 3 ?')
  @Coroutine String expressions() {
    List<Integer> list = [later(1), later(2)]
    Map<String, String> map = [k: later('a')]
    String levels = ''
    for (Level level : Level.values()) {
      levels += (levels ? ',' : '') + level.text()
    }
    "$list ${map.k} $levels ${later(null) ?: later(3)} ${later((String) null)?.length() ?: later('?')}"
  }

  @Gives('zero one many 012')
  @Coroutine String switchesAndLoops() {
    String s = ''
    for (i in 0..2) {
      switch (later(i)) {
        case 0: s += later('zero '); break
        case 1: s += later('one '); break
        default: s += later('many ')
      }
    }
    int n = 0
    while (later(n) < 3) {
      s += n++
    }
    s
  }

  @Gives('3')
  @Coroutine String tasks() {
    TaskScope scope = TaskScope.open()
    try {
      Task<Integer> a = scope.fork((CoroutineCallable<Integer>) () -> later(1))
      Task<Integer> b = scope.fork((CoroutineCallable<Integer>) () -> later(2))
      scope.join()
      return (a.join() + b.join()).toString()
    } finally {
      scope.close()
    }
  }

  /** What Groovy passes to a method as a closure is called by plain code: it works while nothing has to wait. */
  @Gives('6 Task.yield would block the coroutine languages.Program.closures')
  @Coroutine String closures() {
    int sum = 0
    [1, 2, 3].each { sum += it }
    try {
      [1].each { sum += later(it) }
    } catch (IllegalStateException e) {
      return "$sum ${e.message.readLines()[0].takeBefore('(')}"
    }
  }
}
