package dev.coweave.weave;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.coweave.CoroutineCallable;
import dev.coweave.loop.EventLoop;
import dev.coweave.weave.programs.Serializables;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.lang.reflect.Method;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

@Tag("woven")
class SerializationTest {
  @TestFactory
  Stream<DynamicNode> lambdas_areWrittenAndRead() {
    return Programs.tests(Serializables.class);
  }

  /** A stream outlives the program that wrote it, which may have been woven otherwise than the one that reads. */
  @Test
  void whatOneProgramWrites_aProgramWovenOtherwiseReads() throws Exception {
    Compiled c =
        Compiled.from(
            """
            class A implements java.io.Serializable {
              interface Job extends CoroutineCallable<String>, java.io.Serializable {}
              String name = "A";
              @Coroutine private String later(String s) { Task.yield(); return s + name; }
              @Coroutine private String get() { return later("c"); }
              Job both(Job one, Job other) { return () -> one.call() + later("b") + other.call(); }
              static Object make(int i) {
                A a = new A();
                return a.both(() -> a.later("a") + i, a::get);
              }
            }
            """);
    Map<String, ClassLoader> programs = new LinkedHashMap<>();
    programs.put("unwoven", c.unwoven());
    programs.put("build", c.woven(Options.BUILD));
    programs.put("agent", c.woven(Options.AGENT));
    for (var writer : programs.entrySet()) {
      Method make = writer.getValue().loadClass("app.A").getDeclaredMethod("make", int.class);
      make.setAccessible(true);
      byte[] written = write(make.invoke(null, 1));
      for (var reader : programs.entrySet()) {
        CoroutineCallable<?> read = (CoroutineCallable<?>) read(written, reader.getValue());
        if (!reader.getKey().equals("unwoven")) {
          String which = writer.getKey() + " to " + reader.getKey();
          assertEquals("aA1bAcA", EventLoop.run(read), which);
        }
      }
    }
  }

  private static byte[] write(Object o) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(o);
    }
    return bytes.toByteArray();
  }

  @SuppressWarnings("BanSerializableRead")
  private static Object read(byte[] bytes, ClassLoader loader) throws Exception {
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes)) {
          @Override
          protected Class<?> resolveClass(ObjectStreamClass c) throws ClassNotFoundException {
            return Class.forName(c.getName(), false, loader);
          }
        }) {
      return in.readObject();
    }
  }
}
