package dev.coweave.neighbours;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.mockConstruction;
import static org.mockito.Mockito.spy;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.verifyNoMoreInteractions;
import static org.mockito.Mockito.when;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.dynamic.loading.ClassLoadingStrategy;
import net.bytebuddy.implementation.FixedValue;
import net.bytebuddy.implementation.MethodDelegation;
import net.bytebuddy.implementation.bind.annotation.SuperCall;
import net.bytebuddy.matcher.ElementMatchers;
import org.aopalliance.intercept.MethodInterceptor;
import org.easymock.EasyMock;
import org.junit.jupiter.api.Test;
import org.mockito.MockedConstruction;
import org.springframework.aop.framework.ProxyFactory;

/**
 * Classes made at run time from woven ones: each does what its plain method does. A method of theirs that would have to wait under
 * their plain code says so; one that doesn't wait works.
 */
class NeighboursTest {
  private final List<String> log = new ArrayList<>();

  @Test
  void theClassesThemselves() throws Exception {
    assertEquals("hello, you; hello, all", Caller.call(new WaitingGreeter()));
    assertEquals("hello, you; hello, all", Caller.call((Greeter) new WaitingGreeter()));
    assertEquals("hi, you; hi, all", Caller.call(new PromptGreeter()));
  }

  // ---- proxies of the JDK

  private Greeter proxy(Greeter target) {
    return (Greeter)
        Proxy.newProxyInstance(
            Greeter.class.getClassLoader(),
            new Class<?>[] {Greeter.class},
            (p, method, args) -> {
              log.add(method.getName());
              try {
                return method.invoke(target, args);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Test
  void aJdkProxy_isCalledOnce_aroundTheWholeCall() throws Exception {
    assertEquals("hi, you; hi, all", Caller.call(proxy(new PromptGreeter())));
    assertEquals(List.of("greet", "greet"), log);
  }

  @Test
  void aJdkProxy_ofATargetThatWaits_saysWhy() {
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> Caller.call(proxy(new WaitingGreeter())));
    assertTrue(e.getMessage().contains("would block"), e.getMessage());
  }

  @Test
  void aJdkProxy_calledByPlainCode_maySuspend() {
    assertEquals("hello, you", proxy(new WaitingGreeter()).greet("you"));
  }

  // ---- Spring AOP

  private MethodInterceptor advice() {
    return call -> {
      log.add("before " + call.getMethod().getName());
      Object result = call.proceed();
      log.add("after");
      return result + "!";
    };
  }

  @Test
  void springsJdkProxy_advisesOnce_aroundTheWholeCall() throws Exception {
    ProxyFactory factory = new ProxyFactory(new PromptGreeter());
    factory.addAdvice(advice());
    Greeter proxied = (Greeter) factory.getProxy();
    assertTrue(Proxy.isProxyClass(proxied.getClass()));
    assertEquals("hi, you!; hi, all!", Caller.call(proxied));
    assertEquals(List.of("before greet", "after", "before greet", "after"), log);
  }

  @Test
  void springsCglibProxy_advisesOnce_aroundTheWholeCall() throws Exception {
    ProxyFactory factory = new ProxyFactory(new PromptGreeter());
    factory.setProxyTargetClass(true);
    factory.addAdvice(advice());
    PromptGreeter proxied = (PromptGreeter) factory.getProxy();
    assertNotEquals(PromptGreeter.class, proxied.getClass());
    assertEquals("hi, you!; hi, all!", Caller.call((WaitingGreeter) proxied));
    assertEquals("hi, you!; hi, all!", Caller.call((Greeter) proxied));
    assertEquals(8, log.size(), log.toString());
  }

  // ---- Byte Buddy

  @Test
  void aByteBuddySubclass_doesWhatItsPlainMethodDoes() throws Exception {
    WaitingGreeter made =
        new ByteBuddy()
            .subclass(WaitingGreeter.class)
            .method(
                ElementMatchers.named("greet")
                    .and(ElementMatchers.not(ElementMatchers.isSynthetic())))
            .intercept(FixedValue.value("made"))
            .make()
            .load(getClass().getClassLoader(), ClassLoadingStrategy.Default.WRAPPER)
            .getLoaded()
            .getDeclaredConstructor()
            .newInstance();
    assertEquals("made; made", Caller.call(made));
    assertEquals("made; made", Caller.call((Greeter) made));
  }

  /** Around advice of Byte Buddy's. */
  public static final class Around {
    private Around() {}

    /** Calls the original. */
    public static String greet(@SuperCall java.util.concurrent.Callable<String> original)
        throws Exception {
      return "(" + original.call() + ")";
    }
  }

  @Test
  void aByteBuddySubclass_thatInterceptsEverything_isCalledByItsPlainMethod() throws Exception {
    PromptGreeter made =
        new ByteBuddy()
            .subclass(PromptGreeter.class)
            .method(ElementMatchers.named("greet"))
            .intercept(MethodDelegation.to(Around.class))
            .make()
            .load(getClass().getClassLoader(), ClassLoadingStrategy.Default.WRAPPER)
            .getLoaded()
            .getDeclaredConstructor()
            .newInstance();
    assertEquals("(hi, you); (hi, all)", Caller.call((WaitingGreeter) made));
  }

  // ---- Mockito

  @Test
  void aMockOfAnInterface() throws Exception {
    Greeter mock = mock(Greeter.class);
    when(mock.greet("you")).thenReturn("mocked");
    assertEquals("mocked; null", Caller.call(mock));
    verify(mock).greet("you");
    verify(mock).greet("all");
  }

  @Test
  void aMockOfAClass() throws Exception {
    WaitingGreeter mock = mock(WaitingGreeter.class);
    when(mock.greet(anyString())).thenReturn("one", "two");
    assertEquals("one; two", Caller.call(mock));
    verify(mock, times(2)).greet(anyString());
  }

  @Test
  void aMockThatThrows() {
    WaitingGreeter mock = mock(WaitingGreeter.class);
    when(mock.greet(anyString())).thenThrow(new IllegalArgumentException("stubbed"));
    assertEquals(
        "stubbed",
        assertThrows(IllegalArgumentException.class, () -> Caller.call(mock)).getMessage());
  }

  @Test
  void aMock_isNotAskedByTheCaller_whichWouldBeAnInteraction() throws Exception {
    WaitingGreeter mock = mock(WaitingGreeter.class);
    Caller.call(mock);
    Caller.call((Greeter) mock);
    verify(mock, times(2)).greet("you");
    verify(mock, times(2)).greet("all");
    verifyNoMoreInteractions(mock);
  }

  @Test
  void aSpy_stubbedAndVerified_asPlainCodeSeesIt() throws Exception {
    PromptGreeter spy = spy(new PromptGreeter());
    assertEquals("hi, you; hi, all", Caller.call(spy));
    verify(spy).greet("you");
    verify(spy).greet("all");
    verify(spy, times(2)).word();
    doReturn("stubbed").when(spy).greet("you");
    doReturn("good day").when(spy).word();
    assertEquals("stubbed; good day, all", Caller.call(spy));
    assertEquals("stubbed; good day, all", Caller.call((Greeter) spy));
  }

  @Test
  void aSpy_ofAnInterface() throws Exception {
    Left spy = spy(Left.class);
    Right right = mock(Right.class);
    when(right.name()).thenReturn("stubbed");
    assertEquals("left stubbed", dev.coweave.loop.EventLoop.run(() -> names(spy, right)));
    doReturn("spied").when(spy).name();
    assertEquals("spied stubbed", dev.coweave.loop.EventLoop.run(() -> names(spy, right)));
    verify(spy, times(2)).name();
    verify(right, times(2)).name();
  }

  @Test
  void aSpy_thatWaits_isStubbed() throws Exception {
    WaitingGreeter spy = spy(new WaitingGreeter());
    doReturn("one").when(spy).greet("you");
    doReturn("two").when(spy).greet("all");
    assertEquals("one; two", Caller.call(spy));
  }

  @Test
  void aSpy_whoseRealMethodWaits_saysWhy() {
    WaitingGreeter spy = spy(new WaitingGreeter());
    IllegalStateException e = assertThrows(IllegalStateException.class, () -> Caller.call(spy));
    assertTrue(e.getMessage().contains("would block"), e.getMessage());
    assertEquals("hello", spy.word());
  }

  @Test
  void objectsBesideMocksOfTheirClass_areAsBefore() throws Exception {
    WaitingGreeter before = new WaitingGreeter();
    assertEquals("hello, you; hello, all", Caller.call(before));
    WaitingGreeter spy = spy(before);
    doReturn("spied").when(spy).greet(anyString());
    assertEquals("spied; spied", Caller.call(spy));
    assertEquals("hello, you; hello, all", Caller.call(before));
    assertEquals("hello, you; hello, all", Caller.call(new WaitingGreeter()));
  }

  @Test
  void aMockedConstruction() throws Exception {
    try (MockedConstruction<WaitingGreeter> made =
        mockConstruction(
            WaitingGreeter.class,
            (mock, context) -> when(mock.greet("you")).thenReturn("constructed"))) {
      assertEquals("constructed; null", Caller.call(new WaitingGreeter()));
      assertEquals(1, made.constructed().size());
    }
  }

  // ---- EasyMock

  @Test
  void anEasyMock() throws Exception {
    Greeter ofInterface = EasyMock.mock(Greeter.class);
    EasyMock.expect(ofInterface.greet("you")).andReturn("easy");
    EasyMock.expect(ofInterface.greet("all")).andReturn("mock");
    EasyMock.replay(ofInterface);
    assertEquals("easy; mock", Caller.call(ofInterface));
    EasyMock.verify(ofInterface);

    WaitingGreeter ofClass = EasyMock.mock(WaitingGreeter.class);
    EasyMock.expect(ofClass.greet(EasyMock.anyString())).andReturn("class").times(2);
    EasyMock.replay(ofClass);
    assertEquals("class; class", Caller.call(ofClass));
    EasyMock.verify(ofClass);
  }

  // ---- hidden classes

  @Test
  void aHiddenSubclass_doesWhatItsPlainMethodDoes() throws Exception {
    byte[] bytes =
        new ByteBuddy()
            .subclass(WaitingGreeter.class)
            .name("dev.coweave.neighbours.Hidden")
            .method(
                ElementMatchers.named("greet")
                    .and(ElementMatchers.not(ElementMatchers.isSynthetic())))
            .intercept(FixedValue.value("hidden"))
            .make()
            .getBytes();
    Class<?> hidden = MethodHandles.lookup().defineHiddenClass(bytes, true).lookupClass();
    WaitingGreeter made = (WaitingGreeter) hidden.getDeclaredConstructor().newInstance();
    assertTrue(hidden.isHidden());
    assertEquals("hidden; hidden", Caller.call(made));
  }

  @Test
  void aWaitBehindALibrarysProxy_saysWhatToWrite() {
    ProxyFactory factory = new ProxyFactory(new WaitingGreeter());
    factory.setProxyTargetClass(true);
    factory.addAdvice((MethodInterceptor) call -> call.proceed());
    WaitingGreeter behind = (WaitingGreeter) factory.getProxy();
    String said = assertThrows(IllegalStateException.class, () -> Caller.call(behind)).getMessage();
    assertTrue(
        said.contains(
            "fix: let the method that is called through it return a CompletableFuture, and await"
                + " that"),
        said);
  }

  /** A class whose own bytes are defined once more, without a name. */
  public static class Nameless {
    @Coroutine
    public static String state(String s) {
      Task.yield();
      return s + Nameless.class.isHidden();
    }
  }

  /** Its frames know it by its name, so they would go on in the class of that name. */
  @Test
  void aHiddenClassOfWovenBytes_isRefusedByTheVerifier() throws Exception {
    assertEquals("xfalse", Nameless.state("x"));
    try (InputStream in = Nameless.class.getResourceAsStream("NeighboursTest$Nameless.class")) {
      byte[] bytes = in.readAllBytes();
      VerifyError e =
          assertThrows(
              VerifyError.class, () -> MethodHandles.lookup().defineHiddenClass(bytes, true));
      assertTrue(e.getMessage().contains("coweave$cannotBeHidden"), e.getMessage());
    }
  }

  // ---- diamonds

  /** One side. */
  public interface Left {
    @dev.coweave.Coroutine
    default String name() {
      return "left";
    }
  }

  /** The other side. */
  public interface Right {
    @dev.coweave.Coroutine
    default String name() {
      return "right";
    }
  }

  /** Both. */
  public static class Both implements Left, Right {
    @Override
    @dev.coweave.Coroutine
    public String name() {
      return Left.super.name() + Right.super.name();
    }
  }

  @dev.coweave.Coroutine
  private static String names(Left l, Right r) {
    return l.name() + " " + r.name();
  }

  @Test
  void aDiamondOfWovenInterfaces() throws Exception {
    Both both = new Both();
    assertEquals("leftright leftright", dev.coweave.loop.EventLoop.run(() -> names(both, both)));
  }

  // ---- reflection

  @Test
  void reflection_callsThePlainMethod() throws Exception {
    Method greet = WaitingGreeter.class.getMethod("greet", String.class);
    assertEquals("hello, you", greet.invoke(new WaitingGreeter(), "you"));
  }
}
