package dev.coweave.weave.durable;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.signature.SignatureReader;
import org.objectweb.asm.signature.SignatureVisitor;

/**
 * Knows of static types whether a value of theirs can ever be stored. Of users' own classes, and of types that leave it open such as
 * {@code Object}, only the value tells: it is looked at when it is written.
 */
final class Storability {
  private static final Set<String> JDK =
      Set.of(
          "java/lang/Object",
          "java/lang/String",
          "java/lang/CharSequence",
          "java/lang/Comparable",
          "java/lang/Number",
          "java/lang/Boolean",
          "java/lang/Byte",
          "java/lang/Character",
          "java/lang/Short",
          "java/lang/Integer",
          "java/lang/Long",
          "java/lang/Float",
          "java/lang/Double",
          "java/lang/Void",
          "java/lang/Class",
          "java/lang/Enum",
          "java/lang/Record",
          "java/lang/Iterable",
          "java/lang/constant/Constable",
          "java/lang/constant/ConstantDesc",
          "java/math/BigInteger",
          "java/math/BigDecimal",
          "java/io/Serializable",
          "java/net/URI");

  /** Of java.util: what the format stores, and the supertypes of these; Throwable's are known by their names. */
  private static final Set<String> UTIL =
      Set.of(
          "AbstractCollection",
          "AbstractList",
          "AbstractMap",
          "AbstractQueue",
          "AbstractSequentialList",
          "AbstractSet",
          "ArrayDeque",
          "ArrayList",
          "Collection",
          "Currency",
          "Deque",
          "Dictionary",
          "EnumMap",
          "EnumSet",
          "HashMap",
          "HashSet",
          "Hashtable",
          "Iterator",
          "LinkedHashMap",
          "LinkedHashSet",
          "LinkedList",
          "List",
          "Locale",
          "Map",
          "Map$Entry",
          "NavigableMap",
          "NavigableSet",
          "Optional",
          "PriorityQueue",
          "Queue",
          "RandomAccess",
          "SequencedCollection",
          "SequencedMap",
          "SequencedSet",
          "Set",
          "SortedMap",
          "SortedSet",
          "Stack",
          "TreeMap",
          "TreeSet",
          "UUID",
          "Vector",
          "concurrent/ConcurrentHashMap",
          "concurrent/ConcurrentLinkedQueue",
          "concurrent/ConcurrentMap",
          "concurrent/CopyOnWriteArrayList",
          "concurrent/TimeUnit");

  private Storability() {}

  /**
   * The type in a variable's type that can't be stored, as a reader knows it.
   *
   * @param desc the variable's erased type
   * @param signature its generic type, or null
   * @return null if nothing is known against it
   */
  static @Nullable String offender(String desc, @Nullable String signature) {
    Set<String> names = new LinkedHashSet<>();
    Type type = Type.getType(desc);
    while (type.getSort() == Type.ARRAY) {
      type = type.getElementType();
    }
    if (type.getSort() == Type.OBJECT) {
      names.add(type.getInternalName());
    }
    if (signature != null) {
      new SignatureReader(signature).acceptType(collector(names));
    }
    return names.stream()
        .filter(n -> !mayBeStored(n) && !JdkEnums.contain(n))
        .map(n -> n.replace('/', '.').replace('$', '.'))
        .findFirst()
        .orElse(null);
  }

  private static SignatureVisitor collector(Set<String> names) {
    return new SignatureVisitor(Opcodes.ASM9) {
      @Override
      public void visitClassType(String name) {
        names.add(name);
      }
    };
  }

  private static boolean mayBeStored(String name) {
    if (name.startsWith("dev/coweave/")) {
      return !List.of("task", "generator", "sync", "loop", "io", "coroutine", "flow")
          .contains(name.split("/")[2]);
    }
    if (!isJdk(name)) {
      return true;
    }
    return JDK.contains(name)
        || isException(name)
        || name.startsWith("java/time/")
        || (name.startsWith("java/util/") && UTIL.contains(name.substring("java/util/".length())));
  }

  private static boolean isJdk(String name) {
    return name.startsWith("java/")
        || name.startsWith("javax/")
        || name.startsWith("jdk/")
        || name.startsWith("sun/");
  }

  /** The JDK keeps to the names; of a class it is only a guess in favour of storing, which the value has to stand. */
  private static boolean isException(String name) {
    return name.endsWith("Exception")
        || name.endsWith("Error")
        || name.equals("java/lang/Throwable");
  }
}
