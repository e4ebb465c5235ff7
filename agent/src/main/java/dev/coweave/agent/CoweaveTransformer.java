package dev.coweave.agent;

import dev.coweave.agent.LoaderWeavers.LoaderWeaver;
import dev.coweave.weave.Problem;
import dev.coweave.weave.WeaveResult;
import dev.coweave.weave.Weaver;
import dev.coweave.weave.analysis.Rule;
import dev.coweave.weave.analysis.RuntimeAbi;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.lang.reflect.Method;
import java.security.ProtectionDomain;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Weaves classes as the JVM loads them. Never throws into the JVM, which would swallow it: problems go to stderr, and the
 * class stays as it was, so that its coroutines throw at their first wait instead of running wrongly.
 */
final class CoweaveTransformer implements ClassFileTransformer {
  private static final String OWN = "dev/coweave/";

  /** The packages below {@link #OWN} that bring what they need woven already; the others are samples and users'. */
  private static final Set<String> OWN_PACKAGES =
      Set.of(
          "coroutine",
          "generator",
          "task",
          "loop",
          "sync",
          "flow",
          "wait",
          "io",
          "agent",
          "weave",
          "shaded");

  /** What AspectJ's load-time weaving begins with, by its agent or by Spring's: before this agent, it would be there already. */
  private static final String ASPECTJ = "org/aspectj/weaver/loadtime/Aj";

  private final Instrumentation jvm;
  private final LoaderWeavers weavers;
  private final Companions companions;
  private final @Nullable Dump dump;
  private final boolean debug;
  private final boolean aspectjFirst;
  private final AtomicBoolean aspectsReported = new AtomicBoolean();
  private final AtomicBoolean bootReported = new AtomicBoolean();

  /** The loaders of which it has been said that nothing is woven, and those that found a class too late. */
  private final Set<ClassLoader> withoutRuntime = weakSet();

  private final Set<ClassLoader> withoutFiles = weakSet();

  CoweaveTransformer(
      AgentOptions options, Instrumentation jvm, Companions companions, LoadedBefore loadedBefore) {
    this.jvm = jvm;
    this.weavers = new LoaderWeavers(options.weaving(), loadedBefore);
    this.companions = companions;
    this.aspectjFirst = loadedBefore.contains(ClassLoader.getSystemClassLoader(), ASPECTJ);
    this.debug = options.debug();
    this.dump = options.dump() == null ? null : new Dump(options.dump());
  }

  private static Set<ClassLoader> weakSet() {
    return Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));
  }

  @Override
  public byte @Nullable [] transform(
      @Nullable Module module,
      @Nullable ClassLoader loader,
      @Nullable String nameIfGiven,
      @Nullable Class<?> redefined,
      @Nullable ProtectionDomain domain,
      byte[] classFile) {
    if (loader == null || isPlatform(loader)) {
      if (redefined == null && module != null && !module.isNamed()) {
        checkBootClass(classFile);
      }
      return null;
    }
    String name = nameIfGiven == null ? Weaver.nameOf(classFile) : nameIfGiven;
    if (isJdk(name) || isOwn(name)) {
      return null;
    }
    if (isJacocosAgent(name)) {
      Report.jacocoComesLater();
      return null;
    }
    if (name.equals(ASPECTJ) && isLoadedByAnAgent()) {
      Report.aspectjComesLater();
      return null;
    }
    try {
      LoaderWeaver weaver = weavers.of(loader, module);
      return redefined == null
          ? weave(new Place(loader, module, domain), weaver, name, classFile)
          : reweave(loader, weaver.weaver(), name, redefined, domain, classFile);
    } catch (Throwable e) {
      Report.crashed(name, e);
      return null;
    }
  }

  /** A class that somebody put beside those of the JDK: it can't have companions there. */
  private void checkBootClass(byte[] classFile) {
    String name = Weaver.nameOf(classFile);
    if (!isOwn(name) && Weaver.mayHaveCoroutines(classFile) && !bootReported.getAndSet(true)) {
      Report.problems(name, List.of(problem(Rule.BOOT_CLASS, name, "it has coroutines")), true);
    }
  }

  /** Where a class is defined. */
  private record Place(
      ClassLoader loader, @Nullable Module module, @Nullable ProtectionDomain domain) {}

  private byte @Nullable [] weave(
      Place place, LoaderWeaver loaders, String name, byte[] classFile) {
    Weaver weaver = loaders.weaver();
    ClassLoader loader = place.loader();
    String inVain = weavers.askedInVain(loader, name);
    loaders.files().defining(name, place.module(), place.domain(), classFile);
    WeaveResult result = Recorder.weave(weaver, name, classFile);
    if (debug) {
      Report.reason(name, loader, weaver.reason(classFile, result));
    }
    byte[] woven = result.classFile();
    if (woven != null || result.failed()) {
      Optional<Problem> runtime = weaver.runtimeProblem();
      if (runtime.isPresent()) {
        if (withoutRuntime.add(loader)) {
          Report.unusableRuntime(name, runtime.get());
        }
        return null;
      }
    }
    if (!result.problems().isEmpty()) {
      Report.problems(name, result.problems(), result.failed());
    }
    if (result.failed()) {
      return weaver.forwarding(classFile);
    }
    if (woven == null) {
      if (aspectjFirst && wasWoven(name, classFile) && !aspectsReported.getAndSet(true)) {
        Report.aspectjComesLater(); // than the build that has woven this class
      }
      return null;
    }
    if (inVain != null && weaver.declaresCoroutines(name) && withoutFiles.add(loader)) {
      Report.problems(name, List.of(foundTooLate(name, loader, inVain)), false);
    }
    if (dump != null) {
      dump.write(name, woven, result.companions());
    }
    try {
      companions.define(loader, place.domain(), result);
    } catch (LinkageError e) {
      Report.problems(name, List.of(refused(name, e)), true);
      return weaver.forwarding(classFile);
    }
    Modules.letReadRuntime(jvm, place.module());
    return woven;
  }

  /**
   * A class is redefined, by an IDE's hot swap most likely. If it is refused, the JVM is left with a class without the members that the
   * loaded one has, and refuses it too.
   */
  private byte @Nullable [] reweave(
      ClassLoader loader,
      Weaver weaver,
      String name,
      Class<?> redefined,
      @Nullable ProtectionDomain domain,
      byte[] classFile)
      throws UnmodifiableClassException, ClassNotFoundException {
    if (!companions.belongTo(redefined) && !hasTwins(redefined)) {
      return null;
    }
    WeaveResult result = weaver.weave(classFile);
    byte[] woven = result.classFile();
    if (result.failed()) {
      Report.notRedefined(name, result.problems());
      return null;
    }
    if (woven == null) {
      return null; // what redefines it has started from the woven class
    }
    String changed = companions.redefine(loader, domain, result);
    if (changed != null) {
      Report.notRedefined(name, List.of(changed(name, changed)));
      return null;
    }
    if (dump != null) {
      dump.write(name, woven, result.companions());
    }
    return woven;
  }

  /** Whether a build has woven a class; the classes of lambdas come from here. */
  private static boolean wasWoven(String name, byte[] classFile) {
    return !name.contains("$$") && Weaver.isStamped(classFile);
  }

  /** Whether a loaded class was woven, here or at build time. */
  private static boolean hasTwins(Class<?> c) {
    return Arrays.stream(c.getDeclaredMethods())
        .filter(Method::isSynthetic)
        .flatMap(m -> Arrays.stream(m.getParameterTypes()))
        .anyMatch(t -> t.descriptorString().equals(RuntimeAbi.CONTINUATION_DESC));
  }

  private static Problem changed(String name, String companion) {
    return problem(
        Rule.CHANGED_WHILE_PARKED,
        name,
        "the coroutine of "
            + companion.replace('/', '.')
            + " was changed where it suspends: other calls, or other variables that live across"
            + " them");
  }

  private static Problem foundTooLate(String name, ClassLoader loader, String answer) {
    return problem(
        Rule.FOUND_TOO_LATE,
        name,
        "its coroutines are plain methods for the classes that were loaded before it: when those"
            + " were woven, getResourceAsStream(\""
            + name
            + ".class\") of "
            + loader
            + " "
            + answer);
  }

  private static Problem refused(String name, LinkageError e) {
    return problem(
        Rule.COMPANION_REFUSED, name, "a class that was made for it can't be defined: " + e);
  }

  private static Problem problem(Rule rule, String name, String what) {
    return Problem.of(rule, name.replace('/', '.'), null, 0, what);
  }

  private static boolean isPlatform(ClassLoader loader) {
    return loader == ClassLoader.getPlatformClassLoader();
  }

  private static boolean isJdk(String name) {
    return name.startsWith("java/")
        || name.startsWith("javax/")
        || name.startsWith("jdk/")
        || name.startsWith("sun/");
  }

  /** Whether the JVM starts an agent now: else somebody scans the class path. */
  private static boolean isLoadedByAnAgent() {
    return StackWalker.getInstance()
        .walk(frames -> frames.anyMatch(f -> f.getMethodName().startsWith("loadClassAndCall")));
  }

  /** The class that JaCoCo's agent starts with: before this one's, it would be there already. */
  private static boolean isJacocosAgent(String name) {
    return name.startsWith("org/jacoco/agent/rt/internal") && name.endsWith("/PreMain");
  }

  private static boolean isOwn(String name) {
    if (!name.startsWith(OWN)) {
      return false;
    }
    int end = name.indexOf('/', OWN.length());
    return end < 0 || OWN_PACKAGES.contains(name.substring(OWN.length(), end));
  }
}
