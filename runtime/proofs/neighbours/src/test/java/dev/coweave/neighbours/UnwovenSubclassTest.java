package dev.coweave.neighbours;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Subclasses of woven classes in another jar, compiled against them and never woven, which a child loader loads: the compiler sees nothing
 * of what the weaver added, and a caller calls them by their plain methods.
 */
public class UnwovenSubclassTest {
  @TempDir private Path classes;
  private URLClassLoader loader;

  private Object made(String source) throws Exception {
    Jvm.compile(classes, "Child", source);
    loader =
        new URLClassLoader(
            new URL[] {classes.toUri().toURL()}, UnwovenSubclassTest.class.getClassLoader());
    Class<?> child = loader.loadClass("Child");
    assertNotSame(getClass().getClassLoader(), child.getClassLoader());
    return child.getDeclaredConstructor().newInstance();
  }

  @AfterEach
  void close() throws Exception {
    loader.close();
  }

  private void assertCalls(String expected, Object greeter) throws Exception {
    assertEquals(expected, Caller.call((WaitingGreeter) greeter));
    assertEquals(expected, Caller.call((Greeter) greeter));
  }

  @Test
  void anOverride_thatCallsSuper() throws Exception {
    assertCalls(
        "HI, YOU; HI, ALL",
        made(
            """
            public class Child extends dev.coweave.neighbours.PromptGreeter {
              @Override public String greet(String name) { return super.greet(name).toUpperCase(); }
            }
            """));
  }

  @Test
  void anOverrideOfAMethod_thatTheWovenSuperclassCalls() throws Exception {
    assertCalls(
        "good day, you; good day, all",
        made(
            """
            public class Child extends dev.coweave.neighbours.PromptGreeter {
              @Override protected String word() { return "good day"; }
            }
            """));
  }

  @Test
  void anOverride_thatBearsTheAnnotation_butWasNotWoven() throws Exception {
    assertCalls(
        "unwoven you; unwoven all",
        made(
            """
            public class Child extends dev.coweave.neighbours.WaitingGreeter {
              @Override @dev.coweave.Coroutine public String greet(String name) { return "unwoven " + name; }
            }
            """));
  }

  @Test
  void anOverride_withACovariantResult_inAGenericHierarchy() throws Exception {
    Object child =
        made(
            """
            public class Child extends dev.coweave.neighbours.UnwovenSubclassTest.Box<String> {
              @Override public String get(String s) { return super.get(s) + "!"; }
            }
            """);
    @SuppressWarnings("unchecked")
    Box<String> box = (Box<String>) child;
    assertEquals("a!", dev.coweave.loop.EventLoop.run(() -> open(box)));
  }

  /** A generic class, whose subclasses have bridges. */
  public static class Box<T> {
    /** Gives what it gets. */
    @dev.coweave.Coroutine
    public T get(T t) {
      return t;
    }
  }

  @dev.coweave.Coroutine
  private static String open(Box<String> box) {
    return box.get("a");
  }

  @Test
  void whatItInherits_worksWhileNothingWaits_andElseSaysWhy() throws Exception {
    assertCalls(
        "hi, you; hi, all",
        made("public class Child extends dev.coweave.neighbours.PromptGreeter {}"));
  }

  @Test
  void whatItInherits_andWaits_saysWhy() throws Exception {
    WaitingGreeter child =
        (WaitingGreeter)
            made("public class Child extends dev.coweave.neighbours.WaitingGreeter {}");
    IllegalStateException e = assertThrows(IllegalStateException.class, () -> Caller.call(child));
    assertTrue(e.getMessage().contains("weave the object's class"), e.getMessage());
    assertEquals("hello", child.word());
  }
}
