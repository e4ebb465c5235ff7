package dev.coweave.agent;

import dev.coweave.weave.Problem;
import dev.coweave.weave.WeaveResult;
import java.lang.instrument.ClassFileTransformer;
import java.security.ProtectionDomain;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Weaves classes as the JVM loads them. Never throws into the JVM, which would swallow it: problems go to stderr, and the
 * class stays as it was, so that its coroutines throw at their first wait instead of running wrongly.
 */
final class CoweaveTransformer implements ClassFileTransformer {
  private static final String OWN = "dev/coweave/";

  /** The packages below {@link #OWN} that bring what they need woven already; the others are samples and users'. */
  private static final Set<String> OWN_PACKAGES =
      Set.of("coroutine", "generator", "task", "loop", "sync", "io", "agent", "weave", "shaded");

  private final LoaderWeavers weavers;
  private final Companions companions;
  private final @Nullable Dump dump;

  CoweaveTransformer(
      AgentOptions options, Companions companions, Map<ClassLoader, Set<String>> loadedBefore) {
    this.weavers = new LoaderWeavers(options.weaving(), loadedBefore);
    this.companions = companions;
    this.dump = options.dump() == null ? null : new Dump(options.dump());
  }

  @Override
  public byte @Nullable [] transform(
      @Nullable ClassLoader loader,
      @Nullable String name,
      @Nullable Class<?> redefined,
      @Nullable ProtectionDomain domain,
      byte[] classFile) {
    if (loader == null || name == null || isPlatform(loader) || isJdk(name) || isOwn(name)) {
      return null;
    }
    try {
      return weave(loader, name, domain, classFile);
    } catch (Throwable e) {
      Report.crashed(name, e);
      return null;
    }
  }

  private byte @Nullable [] weave(
      ClassLoader loader, String name, @Nullable ProtectionDomain domain, byte[] classFile) {
    WeaveResult result = weavers.of(loader).weave(classFile);
    if (!result.problems().isEmpty()) {
      Report.problems(name, result.problems(), result.failed());
    }
    byte[] woven = result.classFile();
    if (woven == null || result.failed()) {
      return null;
    }
    if (dump != null) {
      dump.write(name, woven, result.companions());
    }
    try {
      companions.define(loader, domain, result.companions());
    } catch (LinkageError e) {
      Report.problems(name, List.of(refused(name, e)), true);
      return null;
    }
    return woven;
  }

  private static Problem refused(String name, LinkageError e) {
    return new Problem(
        Problem.Severity.ERROR,
        "COWEAVE-304",
        name.replace('/', '.'),
        null,
        0,
        "a class that was made for it can't be defined: " + e,
        "its class loader has another class of that name, or the class was redefined with other coroutines",
        "weave it at build time, or start the JVM anew");
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

  private static boolean isOwn(String name) {
    if (!name.startsWith(OWN)) {
      return false;
    }
    int end = name.indexOf('/', OWN.length());
    return end < 0 || OWN_PACKAGES.contains(name.substring(OWN.length(), end));
  }
}
