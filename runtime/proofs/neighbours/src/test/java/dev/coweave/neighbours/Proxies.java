package dev.coweave.neighbours;

import dev.coweave.Coroutine;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.se.SeContainer;
import jakarta.enterprise.inject.se.SeContainerInitializer;
import jakarta.interceptor.AroundInvoke;
import jakarta.interceptor.Interceptor;
import jakarta.interceptor.InterceptorBinding;
import jakarta.interceptor.InvocationContext;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.dynamic.loading.ClassLoadingStrategy;
import net.bytebuddy.implementation.InvocationHandlerAdapter;
import net.bytebuddy.implementation.MethodDelegation;
import net.bytebuddy.implementation.bind.annotation.Origin;
import net.bytebuddy.implementation.bind.annotation.RuntimeType;
import net.bytebuddy.implementation.bind.annotation.SuperCall;
import net.bytebuddy.matcher.ElementMatchers;
import org.aopalliance.intercept.MethodInterceptor;
import org.hibernate.Hibernate;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.Configuration;
import org.mockito.MockMakers;
import org.mockito.Mockito;
import org.springframework.aop.framework.ProxyFactory;

/**
 * Classes that libraries make at run time of a class with coroutines. It runs woven by the build, in the tests' own JVM, and once more in a JVM of its
 * own, woven by the agent, which sees the made classes too. For each tool it says what a coroutine got that called the object,
 * and which methods were advised.
 */
public final class Proxies {
  private static final List<String> ADVISED = new ArrayList<>();

  private Proxies() {}

  /** What the objects do. */
  public interface Service {
    /** Doesn't wait. */
    @Coroutine
    String prompt();

    /** Waits. */
    @Coroutine
    String waiting();
  }

  /** The class that the others are made of. */
  @Entity
  @ApplicationScoped
  @Logged
  public static class Real implements Service {
    @Id private long id;

    /** For the libraries. */
    public Real() {}

    Real(long id) {
      this.id = id;
    }

    @Override
    @Coroutine
    public String prompt() {
      return "prompt " + id;
    }

    @Override
    @Coroutine
    public String waiting() {
      Task.yield();
      return "waited " + id;
    }
  }

  @Coroutine
  private static String prompt(Service s) {
    Task.yield();
    return s.prompt();
  }

  @Coroutine
  private static String prompt(Real s) {
    Task.yield();
    return s.prompt();
  }

  @Coroutine
  private static String waiting(Service s) {
    Task.yield();
    return s.waiting();
  }

  /**
   * Uses an object.
   *
   * @return what coroutines and plain code got, and what was advised meanwhile
   */
  private static String use(Service s) throws Exception {
    ADVISED.clear();
    String got = EventLoop.run(() -> prompt(s));
    if (s instanceof Real real) {
      got += ", " + EventLoop.run(() -> prompt(real));
    }
    got += ", " + s.waiting() + " " + ADVISED;
    ADVISED.clear();
    return got + "; under a coroutine " + outcome(s) + " " + ADVISED;
  }

  private static String outcome(Service s) throws Exception {
    try {
      return EventLoop.run(() -> waiting(s));
    } catch (Throwable t) {
      Throwable cause = t;
      while (cause.getCause() != null) {
        cause = cause.getCause();
      }
      return String.valueOf(cause.getMessage()).replaceAll("(?s) would block .*", " would block");
    }
  }

  /**
   * Tries all tools.
   *
   * @return a line for each
   */
  public static List<String> all() throws Exception {
    List<String> lines = new ArrayList<>();
    lines.add("the class itself: " + use(new Real(0)));
    lines.add("JDK proxy: " + use(jdk()));
    lines.add("Spring, JDK: " + use(spring(false)));
    lines.add("Spring, CGLIB: " + use(spring(true)));
    lines.add("Byte Buddy, methods that are not synthetic: " + use(byteBuddy(new ByteBuddy())));
    lines.add(
        "Byte Buddy, all methods: "
            + use(byteBuddy(new ByteBuddy().ignore(ElementMatchers.none()))));
    lines.add("Byte Buddy, an interface: " + use(byteBuddyOfInterface()));
    lines.add("Javassist: " + use(javassist()));
    lines.add("Mockito, subclass: " + use(mockito(MockMakers.SUBCLASS)));
    lines.add("Mockito, inline: " + use(mockito(MockMakers.INLINE)));
    lines.add("Hibernate: " + hibernate());
    lines.add("Weld: " + weld());
    return lines;
  }

  /**
   * For a JVM of its own.
   *
   * @param args ignored
   */
  public static void main(String[] args) throws Exception {
    all().forEach(System.out::println);
  }

  private static Object advise(Method method, Callable<?> original) throws Exception {
    ADVISED.add(method.getName());
    try {
      return original.call();
    } catch (InvocationTargetException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  private static Service jdk() {
    Real target = new Real(1);
    return (Service)
        Proxy.newProxyInstance(
            Real.class.getClassLoader(),
            new Class<?>[] {Service.class},
            (p, m, args) -> advise(m, () -> m.invoke(target, args)));
  }

  private static Service spring(boolean ofClass) {
    ProxyFactory factory = new ProxyFactory(new Real(1));
    factory.setProxyTargetClass(ofClass);
    factory.addAdvice(
        (MethodInterceptor)
            call -> {
              ADVISED.add(call.getMethod().getName());
              return call.proceed();
            });
    return (Service) factory.getProxy();
  }

  /** Advice of Byte Buddy's. */
  public static final class Around {
    private Around() {}

    /** Around each method. */
    @RuntimeType
    public static Object around(@Origin Method method, @SuperCall Callable<?> original)
        throws Exception {
      return advise(method, original);
    }
  }

  private static Service byteBuddy(ByteBuddy byteBuddy) throws Exception {
    return byteBuddy
        .subclass(Real.class)
        .method(
            ElementMatchers.isVirtual()
                .and(ElementMatchers.not(ElementMatchers.isDeclaredBy(Object.class))))
        .intercept(MethodDelegation.to(Around.class))
        .make()
        .load(Real.class.getClassLoader(), ClassLoadingStrategy.Default.INJECTION)
        .getLoaded()
        .getConstructor()
        .newInstance();
  }

  private static Service byteBuddyOfInterface() throws Exception {
    Real target = new Real(1);
    return (Service)
        new ByteBuddy()
            .ignore(ElementMatchers.none())
            .subclass(Object.class)
            .implement(Service.class)
            .method(ElementMatchers.isAbstract())
            .intercept(
                InvocationHandlerAdapter.of(
                    (p, m, args) -> advise(m, () -> m.invoke(target, args))))
            .make()
            .load(Real.class.getClassLoader(), ClassLoadingStrategy.Default.INJECTION)
            .getLoaded()
            .getConstructor()
            .newInstance();
  }

  private static Service javassist() throws Exception {
    javassist.util.proxy.ProxyFactory factory = new javassist.util.proxy.ProxyFactory();
    factory.setSuperclass(Real.class);
    factory.setFilter(
        m -> !m.getName().equals("finalize")); // the collector calls that, whenever it likes
    return (Service)
        factory.create(
            new Class<?>[0],
            new Object[0],
            (self, method, original, args) -> advise(method, () -> original.invoke(self, args)));
  }

  private static Service mockito(String maker) {
    Service mock = Mockito.mock(Real.class, Mockito.withSettings().mockMaker(maker));
    Mockito.when(mock.prompt())
        .thenAnswer(
            call -> {
              ADVISED.add(call.getMethod().getName());
              return "stubbed";
            });
    return mock;
  }

  /** A lazy reference: the call of a coroutine loads it, and nothing else does. */
  private static String hibernate() throws Exception {
    Configuration configuration =
        new Configuration()
            .addAnnotatedClass(Real.class)
            .setProperty("hibernate.connection.url", "jdbc:h2:mem:proxies")
            .setProperty("hibernate.hbm2ddl.auto", "create-drop");
    try (SessionFactory factory = configuration.buildSessionFactory()) {
      factory.inTransaction(s -> s.persist(new Real(1)));
      try (Session session = factory.openSession()) {
        Service lazy = session.getReference(Real.class, 1L);
        boolean before = Hibernate.isInitialized(lazy);
        String got = use(lazy);
        return got + "; loaded before " + before + ", after " + Hibernate.isInitialized(lazy);
      }
    }
  }

  /** Marks what is intercepted. */
  @InterceptorBinding
  @Retention(RetentionPolicy.RUNTIME)
  public @interface Logged {}

  /** Weld puts it into a subclass of the bean; around that stands a client proxy. */
  @Logged
  @Interceptor
  public static class Logging {
    /** Around each method. */
    @AroundInvoke
    public Object around(InvocationContext call) throws Exception {
      ADVISED.add(call.getMethod().getName());
      return call.proceed();
    }
  }

  private static String weld() throws Exception {
    try (SeContainer container =
        SeContainerInitializer.newInstance()
            .disableDiscovery()
            .addBeanClasses(Real.class, Logging.class)
            .enableInterceptors(Logging.class)
            .initialize()) {
      return use(container.select(Real.class).get());
    }
  }
}
