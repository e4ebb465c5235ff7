package dev.coweave.weave.bytecode;

import dev.coweave.weave.bytecode.ClassInfo.MethodInfo;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;

/**
 * The classes of one class path or loader, read on demand and cached. Classes of the JDK are never asked. A class that is its own superclass, which no JVM
 * loads (JVMS 5.3.5), is a {@link ClassCircularityError} here too. Thread-safe.
 */
public final class ClassInfos {
  private final Function<String, byte @Nullable []> classFiles;
  private final BiConsumer<String, String> unreadable;
  private final List<String> marks;
  private final Map<String, Optional<ClassInfo>> cache = new ConcurrentHashMap<>();

  /**
   * Infos of the classes that a function finds.
   *
   * @param classFiles gives a class file's bytes by internal name, or null
   * @param unreadable told the name of a class whose file is none, and why
   * @param marks texts in the constant pools of those classes whose methods' bodies matter; of others they aren't read
   */
  public ClassInfos(
      Function<String, byte @Nullable []> classFiles,
      BiConsumer<String, String> unreadable,
      List<String> marks) {
    this.classFiles = classFiles;
    this.unreadable = unreadable;
    this.marks = marks;
  }

  /** Whether a name is of a package of the JDK. */
  public static boolean isJdk(String name) {
    return name.startsWith("java/")
        || name.startsWith("javax/")
        || name.startsWith("jdk/")
        || name.startsWith("sun/");
  }

  /** The info of a class; null if it is the JDK's, an array's, missing or unreadable. */
  public @Nullable ClassInfo find(String name) {
    if (isJdk(name) || name.startsWith("[")) {
      return null;
    }
    Optional<ClassInfo> cached = cache.get(name);
    if (cached == null) {
      // Another thread may have put what the class is being woven to: that wins over what was
      // compiled.
      Optional<ClassInfo> compiled = Optional.ofNullable(read(name));
      Optional<ClassInfo> present = cache.putIfAbsent(name, compiled);
      cached = present == null ? compiled : present;
    }
    return cached.orElse(null);
  }

  /** Whether a class was found before, or is being woven. */
  public boolean isKnown(String name) {
    Optional<ClassInfo> cached = cache.get(name);
    return cached != null && cached.isPresent();
  }

  /** Replaces what is known of a class, by the bytes that are being woven. */
  public void put(ClassInfo info) {
    cache.put(info.name(), Optional.of(info));
  }

  /** Tells of a class whose bytes are at hand, so that nobody need find them. What a class is being woven to wins over this. */
  public void putIfAbsent(ClassInfo compiled) {
    cache.merge(
        compiled.name(), Optional.of(compiled), (known, ours) -> known.isPresent() ? known : ours);
  }

  private @Nullable ClassInfo read(String name) {
    byte[] bytes = classFiles.apply(name);
    if (bytes == null) {
      return null;
    }
    try {
      ClassReader reader = new ClassReader(bytes);
      if (!reader.getClassName().equals(name)) {
        unreadable.accept(name, "it is that of " + reader.getClassName().replace('/', '.'));
        return null;
      }
      ClassInfo info = ClassInfo.read(reader, ConstantPool.contains(bytes, marks));
      return info.wantsCode() ? ClassInfo.read(reader, true) : info;
    } catch (RuntimeException e) {
      // Not a class file that ASM can read: as good as missing.
      String unsupported = e instanceof IllegalArgumentException ? e.getMessage() : null;
      unreadable.accept(name, unsupported == null ? "it is damaged, or cut off" : unsupported);
      return null;
    }
  }

  /**
   * Finds the method that a call refers to: the class, its superclasses, then their interfaces (JVMS 5.4.3.3, 5.4.3.4).
   *
   * @return the method's declaration; null if it is the JDK's or unknown
   */
  public @Nullable MethodInfo resolve(String owner, String name, String desc) {
    for (ClassInfo c : line(owner)) {
      MethodInfo m = c.method(name, desc);
      if (m != null) {
        return m;
      }
    }
    MethodInfo found = null;
    for (ClassInfo i : interfacesOf(owner)) {
      MethodInfo m = i.method(name, desc);
      // The most specific come first; one with a body wins over an abstract one.
      if (m != null && m.isVirtual() && (found == null || (isAbstract(found) && !isAbstract(m)))) {
        found = m;
      }
    }
    return found;
  }

  private static boolean isAbstract(MethodInfo m) {
    return m.is(org.objectweb.asm.Opcodes.ACC_ABSTRACT);
  }

  /** The known superclasses of a class, nearest first, without itself. */
  public List<ClassInfo> superclassesOf(String name) {
    List<ClassInfo> result = new ArrayList<>();
    line(name).forEach(result::add);
    return result.isEmpty() ? result : result.subList(1, result.size());
  }

  /** A class and its known superclasses, nearest first, found as one goes along. */
  private Iterable<ClassInfo> line(String name) {
    return () ->
        new Iterator<>() {
          private final Set<String> met = new HashSet<>();
          private @Nullable String next = name;
          private @Nullable ClassInfo found;

          @Override
          public boolean hasNext() {
            if (found == null && next != null) {
              if (!met.add(next)) {
                throw new ClassCircularityError(next);
              }
              found = find(next);
              next = null;
            }
            return found != null;
          }

          @Override
          public ClassInfo next() {
            ClassInfo c = found;
            if (c == null) {
              throw new NoSuchElementException();
            }
            found = null;
            next = c.superName();
            return c;
          }
        };
  }

  /** The known interfaces of a class and of its superclasses, subinterfaces before those that they extend. */
  public List<ClassInfo> interfacesOf(String name) {
    Map<String, ClassInfo> result = new LinkedHashMap<>();
    for (ClassInfo c : line(name)) {
      addInterfaces(c, result);
    }
    return List.copyOf(result.values());
  }

  private void addInterfaces(ClassInfo c, Map<String, ClassInfo> result) {
    List<ClassInfo> direct = new ArrayList<>();
    for (String i : c.interfaces()) {
      ClassInfo info = find(i);
      if (info != null && !result.containsKey(i)) {
        result.put(i, info);
        direct.add(info);
      }
    }
    direct.forEach(i -> addInterfaces(i, result));
  }

  /**
   * Looks at all known supertypes of a class.
   *
   * @throws ClassCircularityError if the class or one of them is its own supertype
   */
  public void checkSupertypes(ConstantPool c) {
    Set<String> below = new HashSet<>(Set.of(c.className()));
    checkSupertypes(c.superName(), c.interfaces(), below, new HashSet<>());
  }

  private void checkSupertypes(
      @Nullable String superName, List<String> interfaces, Set<String> below, Set<String> checked) {
    List<String> above = new ArrayList<>(interfaces);
    if (superName != null) {
      above.add(superName);
    }
    for (String name : above) {
      if (below.contains(name)) {
        throw new ClassCircularityError(name);
      }
      ClassInfo c = checked.add(name) ? find(name) : null;
      if (c != null) {
        below.add(name);
        checkSupertypes(c.superName(), c.interfaces(), below, checked);
        below.remove(name);
      }
    }
  }

  /** Whether all superclasses and interfaces of a class are the JDK's or known. */
  public boolean isComplete(String name) {
    if (isJdk(name)) {
      return true;
    }
    ClassInfo c = find(name);
    return c != null
        && (c.superName() == null || isComplete(c.superName()))
        && c.interfaces().stream().allMatch(this::isComplete);
  }
}
