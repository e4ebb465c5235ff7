package dev.coweave.weave;

import dev.coweave.weave.analysis.Coroutines;
import dev.coweave.weave.bytecode.ClassInfo;
import dev.coweave.weave.bytecode.ClassInfos;
import dev.coweave.weave.bytecode.ConstantPool;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Tells which types have coroutines or inherit them. It is asked about the supertypes of each class that is loaded, so most answers come from a look at
 * the constant pool, and none is found twice. Thread-safe.
 */
final class Lineage {
  private final ClassFiles files;
  private final Coroutines coroutines;
  private final boolean byPattern;
  private final byte[][] signs;

  /** The types whose supertypes are being asked about, the last first. */
  private record Asked(String name, @Nullable Asked before) {
    static boolean contains(@Nullable Asked asked, String name) {
      for (Asked a = asked; a != null; a = a.before) {
        if (a.name.equals(name)) {
          return true;
        }
      }
      return false;
    }
  }

  /** Types without coroutines, all of whose supertypes are known. */
  private final Set<String> plain = ConcurrentHashMap.newKeySet();

  private enum Answer {
    PLAIN,
    HAS_COROUTINES,
    /** A supertype is missing, and may yet come. */
    UNKNOWN
  }

  /**
   * The lineages of the classes of one class path or loader.
   *
   * @param signs what constants begin with in class files that must be looked into
   * @param byPattern whether a class may have coroutines that none of these tells
   */
  Lineage(ClassFiles files, Coroutines coroutines, byte[][] signs, boolean byPattern) {
    this.files = files;
    this.coroutines = coroutines;
    this.signs = signs;
    this.byPattern = byPattern;
  }

  /** Whether a class or one that it extends declares coroutines. */
  boolean hasCoroutines(String name) {
    return ask(name, null) == Answer.HAS_COROUTINES;
  }

  /** Whether one of the direct supertypes of a class has coroutines; a class that has none itself is known from then on. */
  boolean inherits(ConstantPool c, boolean declaresNone) {
    Answer answer = askSupertypes(c, new Asked(c.className(), null));
    if (answer == Answer.PLAIN && declaresNone) {
      plain.add(c.className());
    }
    return answer == Answer.HAS_COROUTINES;
  }

  private Answer ask(String name, @Nullable Asked before) {
    if (ClassInfos.isJdk(name) || name.startsWith("[") || plain.contains(name)) {
      return Answer.PLAIN;
    }
    if (Asked.contains(before, name)) {
      return Answer.UNKNOWN; // it is its own supertype: no JVM will load it
    }
    Asked asked = new Asked(name, before);
    byte[] file = coroutines.infos().isKnown(name) ? null : files.find(name);
    ConstantPool c = file == null ? null : ConstantPool.of(file);
    Answer answer =
        c == null || byPattern || c.containsPrefix(signs) || !isOf(c, name)
            ? look(name, asked)
            : ask(c, asked);
    if (answer == Answer.PLAIN) {
      plain.add(name);
    }
    return answer;
  }

  /** Whether what was found is the class that was asked for. */
  private static boolean isOf(ConstantPool c, String name) {
    try {
      return c.className().equals(name);
    } catch (RuntimeException e) {
      return false;
    }
  }

  private Answer ask(ConstantPool c, Asked asked) {
    try {
      return coroutines.mayHaveUnannotated(c)
          ? look(c.className(), asked)
          : askSupertypes(c, asked);
    } catch (RuntimeException e) {
      return Answer.UNKNOWN; // no class file that can be read: as good as missing
    }
  }

  private Answer askSupertypes(ConstantPool c, Asked asked) {
    return worst(c.superName(), c.interfaces(), asked);
  }

  private Answer look(String name, Asked asked) {
    ClassInfo c = coroutines.infos().find(name);
    if (c == null) {
      return Answer.UNKNOWN;
    }
    return c.methods().values().stream().anyMatch(coroutines::isCoroutine)
        ? Answer.HAS_COROUTINES
        : worst(c.superName(), c.interfaces(), asked);
  }

  private Answer worst(@Nullable String superName, List<String> interfaces, Asked asked) {
    Answer answer = superName == null ? Answer.PLAIN : ask(superName, asked);
    for (String itf : interfaces) {
      Answer other = ask(itf, asked);
      answer = answer == Answer.HAS_COROUTINES || other == Answer.PLAIN ? answer : other;
    }
    return answer;
  }
}
