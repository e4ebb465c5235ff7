package dev.coweave.weave.programs;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineCallable;
import dev.coweave.generator.Generator;
import dev.coweave.task.Task;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Coroutine lambdas and references that are written, read again, and run. */
@SuppressWarnings("serial") // what is captured is serializable
public class Serializables implements Serializable {
  private static final long serialVersionUID = 1;

  private final String name = "me";

  @Coroutine
  static <T> T later(T value) {
    Task.yield();
    return value;
  }

  interface Job extends CoroutineCallable<String>, Serializable {
    default Job twice() {
      return () -> call() + call();
    }
  }

  interface Fun<A, B> extends Serializable {
    @Coroutine
    B apply(A a) throws Exception;
  }

  interface Many extends Serializable {
    Generator<Integer> upTo(int n);
  }

  interface Elements extends Serializable {
    @Coroutine
    Generator<Integer> upTo(int n);
  }

  interface Async extends Serializable {
    @Coroutine
    CompletableFuture<String> start(String s);
  }

  /** What a stream gives that an object was written to. */
  @SuppressWarnings({"unchecked", "BanSerializableRead"})
  private static <T> T copy(T o) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(o);
    }
    try (ObjectInputStream in = new Input(bytes.toByteArray())) {
      return (T) in.readObject();
    }
  }

  private static final class Input extends ObjectInputStream {
    Input(byte[] bytes) throws IOException {
      super(new ByteArrayInputStream(bytes));
    }

    @Override
    protected Class<?> resolveClass(ObjectStreamClass c) throws ClassNotFoundException {
      return Class.forName(c.getName(), false, Serializables.class.getClassLoader());
    }
  }

  @Gives("a lambda")
  @Coroutine
  static String aLambdaOfASerializableInterface() throws Exception {
    Job job = () -> later("a") + later(" lambda");
    return copy(job).call();
  }

  @Gives("intersection")
  @Coroutine
  static String aLambdaOfAnIntersection() throws Exception {
    CoroutineCallable<String> c =
        (CoroutineCallable<String> & Serializable) () -> later("intersection");
    return copy(c).call();
  }

  @Gives("true 1 c 2 3 4 5.0 6.0 s null [7]")
  @Coroutine
  static String capturesOfAllTypes() throws Exception {
    boolean z = later(true);
    byte b = later((byte) 1);
    char c = later('c');
    short s = later((short) 2);
    int i = later(3);
    long j = later(4L);
    float f = later(5f);
    double d = later(6d);
    String t = later("s");
    Object none = later(null);
    List<Integer> list = new ArrayList<>(List.of(7));
    Job job =
        () ->
            later(z + " " + b + " " + c + " " + s + " " + i + " " + j + " ")
                + later(f + " " + d + " " + t + " " + none + " " + list);
    Job copy = copy(job);
    list.add(8);
    return copy.call();
  }

  @Gives("me and you")
  @Coroutine
  String aLambdaThatCapturesThis() throws Exception {
    Fun<String, String> f = other -> later(name) + " and " + later(other);
    return copy(f).apply("you");
  }

  @Gives("xx")
  @Coroutine
  static String aLambdaOfAnInterfacesMethod() throws Exception {
    Job x = () -> later("x");
    return copy(x.twice()).call();
  }

  @Gives("1 2 3")
  @Coroutine
  static String lambdasThatMakeLambdas() throws Exception {
    Fun<Integer, Fun<Integer, Fun<Integer, String>>> f =
        a -> later(b -> later(c -> later(a + " ") + later(b + " ") + later(c)));
    return copy(copy(copy(f).apply(1)).apply(2)).apply(3);
  }

  @Gives("first second first")
  @Coroutine
  static String lambdasThatAreTheSameButForTheirBodies() throws Exception {
    Job a = () -> later("first");
    Job b = () -> later("second");
    return copy(a).call() + " " + copy(b).call() + " " + copy(copy(a)).call();
  }

  @Coroutine
  private String mine(String s) {
    return later(name) + later(s);
  }

  @Coroutine
  private static String ours(String s) {
    return later("our ") + later(s);
  }

  @Coroutine
  String both(String s) {
    return later(s) + later(name);
  }

  @Gives("me! our own x")
  @Coroutine
  String references() throws Exception {
    Fun<String, String> bound = this::mine;
    Fun<String, String> fixed = Serializables::ours;
    Fun<String, String> generic = Serializables::later;
    return copy(bound).apply("! ") + copy(fixed).apply("own ") + copy(generic).apply("x");
  }

  interface OfTwo extends Serializable {
    @Coroutine
    String apply(Serializables s, String t) throws Exception;
  }

  @Gives("you me me you")
  @Coroutine
  static String referencesThatAreGivenTheirReceiver() throws Exception {
    OfTwo accessible = Serializables::both;
    OfTwo hidden = Serializables::mine;
    Serializables it = new Serializables();
    return copy(accessible).apply(it, "you ") + " " + copy(hidden).apply(it, " you");
  }

  @Gives("[1, 2, 3]")
  @Coroutine
  static String aLambdaThatYields() throws Exception {
    Elements e =
        n -> {
          for (int i = 1; i <= n; i++) {
            Generator.yield(i);
          }
          return Generator.end();
        };
    List<Integer> list = new ArrayList<>();
    copy(e).upTo(3).forEachRemaining(list::add);
    return later(list.toString());
  }

  @Coroutine
  private static Generator<Integer> counting(int n) {
    for (int i = 1; i <= n; i++) {
      Generator.yield(i);
    }
    return Generator.end();
  }

  @Gives("[1, 2]")
  @Coroutine
  static String aPlainReferenceToAGenerator() throws Exception {
    Many many = Serializables::counting;
    Integer[] two = new Integer[2];
    Generator<Integer> g = copy(many).upTo(2);
    two[0] = later(g.next());
    two[1] = later(g.next());
    return Arrays.toString(two);
  }

  @Gives("soon")
  @Coroutine
  static String anAsyncLambda() throws Exception {
    Async a = s -> CompletableFuture.completedFuture(later(s));
    return Task.await(copy(a).start("soon"));
  }
}
