package dev.coweave.weave.analysis;

import dev.coweave.weave.bytecode.ClassInfo;
import dev.coweave.weave.bytecode.ClassInfo.MethodInfo;
import dev.coweave.weave.bytecode.ClassInfos;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.objectweb.asm.Type;

/** The annotations that make a method a coroutine. */
public final class CoroutineMarks {
  /** Of a test, which is one by nature; of an artifact that the runtime doesn't need. */
  private static final String TEST = "Ldev/coweave/junit/CoroutineTest;";

  private static final String TEST_NAME = className(TEST);

  /** Their descriptors. */
  public static final List<String> ALL = List.of(RuntimeAbi.COROUTINE_DESC, TEST);

  private CoroutineMarks() {}

  /** Whether a method bears one, or an annotation of the user's that JUnit takes for one: it is annotated with it, at any remove. */
  static boolean areOn(MethodInfo m, ClassInfos infos) {
    return ALL.stream().anyMatch(m.annotations()::contains)
        || (mayBeComposed(infos) && leadsToTest(m.annotations(), infos, new HashSet<>()));
  }

  /** Whether there can be such annotations of users: only among tests, so that programs are spared the search. */
  static boolean mayBeComposed(ClassInfos infos) {
    return infos.find(TEST_NAME) != null;
  }

  private static boolean leadsToTest(
      Collection<String> annotations, ClassInfos infos, Set<String> seen) {
    for (String a : annotations) {
      ClassInfo type = seen.add(a) ? infos.find(className(a)) : null;
      if (type != null
          && (a.equals(TEST) || leadsToTest(type.annotations().keySet(), infos, seen))) {
        return true;
      }
    }
    return false;
  }

  private static String className(String descriptor) {
    return Type.getType(descriptor).getInternalName();
  }
}
