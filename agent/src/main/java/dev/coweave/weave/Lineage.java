package dev.coweave.weave;

import dev.coweave.weave.analysis.Coroutines;
import dev.coweave.weave.bytecode.ClassInfo;
import dev.coweave.weave.bytecode.ClassInfos;
import dev.coweave.weave.bytecode.ConstantPool;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.objectweb.asm.ClassReader;

/**
 * Tells which types have coroutines or inherit them. It is asked about the supertypes of each class that is loaded, so most answers come from a look at
 * the constant pool, and none is found twice. Thread-safe.
 */
final class Lineage {
  private final ClassFiles files;
  private final Coroutines coroutines;
  private final boolean byPattern;
  private final List<String> signs;

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
  Lineage(ClassFiles files, Coroutines coroutines, List<String> signs, boolean byPattern) {
    this.files = files;
    this.coroutines = coroutines;
    this.signs = signs;
    this.byPattern = byPattern;
  }

  /** Whether a class or one that it extends declares coroutines. */
  boolean hasCoroutines(String name) {
    return ask(name) == Answer.HAS_COROUTINES;
  }

  /** Whether one of the direct supertypes of a class has coroutines; a class that has none itself is known from then on. */
  boolean inherits(ClassReader reader, boolean declaresNone) {
    Answer answer = askSupertypes(reader);
    if (answer == Answer.PLAIN && declaresNone) {
      plain.add(reader.getClassName());
    }
    return answer == Answer.HAS_COROUTINES;
  }

  private Answer ask(String name) {
    if (ClassInfos.isJdk(name) || name.startsWith("[") || plain.contains(name)) {
      return Answer.PLAIN;
    }
    byte[] file = coroutines.infos().isKnown(name) ? null : files.find(name);
    Answer answer =
        file == null || byPattern || ConstantPool.containsPrefix(file, signs)
            ? look(name)
            : askSupertypes(file);
    if (answer == Answer.PLAIN) {
      plain.add(name);
    }
    return answer;
  }

  private Answer askSupertypes(byte[] file) {
    try {
      ClassReader reader = new ClassReader(file);
      return coroutines.mayHaveUnannotated(reader)
          ? look(reader.getClassName())
          : askSupertypes(reader);
    } catch (RuntimeException e) {
      return Answer.UNKNOWN; // no class file that can be read: as good as missing
    }
  }

  private Answer askSupertypes(ClassReader reader) {
    Answer answer = reader.getSuperName() == null ? Answer.PLAIN : ask(reader.getSuperName());
    for (String itf : reader.getInterfaces()) {
      answer = worse(answer, ask(itf));
    }
    return answer;
  }

  private Answer look(String name) {
    ClassInfo c = coroutines.infos().find(name);
    if (c == null) {
      return Answer.UNKNOWN;
    }
    if (c.methods().values().stream().anyMatch(coroutines::isCoroutine)) {
      return Answer.HAS_COROUTINES;
    }
    Answer answer = c.superName() == null ? Answer.PLAIN : ask(c.superName());
    for (String itf : c.interfaces()) {
      answer = worse(answer, ask(itf));
    }
    return answer;
  }

  private static Answer worse(Answer a, Answer b) {
    return a == Answer.HAS_COROUTINES || b == Answer.PLAIN ? a : b;
  }
}
