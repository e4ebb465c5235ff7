package dev.coweave.proof.corpus;

import dev.coweave.weave.Options;
import dev.coweave.weave.Patterns;
import dev.coweave.weave.Problem;
import dev.coweave.weave.WeaveResult;
import dev.coweave.weave.Weaver;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * Weaves classes that nobody wrote for it, each of their methods as a suspending method, so that every call between them is a
 * suspension point; and has ASM and HotSpot verify what comes out. Nothing of it is run.
 */
final class Corpus {
  private static final Options EVERYTHING = Options.BUILD.withCoroutines(Patterns.parse("**"));

  private static final ThreadMXBean CLOCK = ManagementFactory.getThreadMXBean();

  private final Map<String, byte[]> compiled;
  private final Predicate<String> selected;
  private final Weaver weaver;

  int classes;
  int methods;
  int woven;
  long bytes;
  long nanos;

  /** Classes whose originals HotSpot doesn't link either, mostly for want of another jar. */
  int unlinkable;

  /** Methods that stay plain, by the reason. */
  final Map<String, Integer> refused = new TreeMap<>();

  /** What must not be. */
  final List<String> failures = new ArrayList<>();

  /**
   * A corpus.
   *
   * @param compiled class files by internal name
   * @param selected which of them are woven; the others are there to be referred to
   */
  Corpus(Map<String, byte[]> compiled, Predicate<String> selected) {
    this.compiled = compiled;
    this.selected = selected;
    this.weaver =
        new Weaver(
            name -> {
              byte[] bytes = compiled.get(name);
              return bytes != null ? bytes : ClassPathFiles.find(name);
            },
            EVERYTHING);
  }

  /** Weaves and verifies all of it. */
  void run() {
    Map<String, byte[]> all = new HashMap<>(compiled);
    Map<String, String> changed = new TreeMap<>();
    compiled.forEach(
        (name, plain) -> {
          if (!selected.test(name)) {
            return;
          }
          long start = CLOCK.getCurrentThreadCpuTime();
          WeaveResult result = weaver.weave(plain);
          nanos += CLOCK.getCurrentThreadCpuTime() - start;
          classes++;
          bytes += plain.length;
          result.problems().stream()
              .filter(p -> p.severity() == Problem.Severity.ERROR)
              .forEach(
                  p -> failures.add(name + " " + p.code() + " " + p.method() + ": " + p.what()));
          count(plain, result.classFile());
          if (result.classFile() != null) {
            all.put(name, result.classFile());
            all.putAll(result.companions());
            changed.put(name, name);
            result.companions().keySet().forEach(companion -> changed.put(companion, name));
          }
        });
    link(all, changed);
  }

  // ---- HotSpot's verifier

  private void link(Map<String, byte[]> all, Map<String, String> changed) {
    Linker woven = new Linker(all);
    Linker plain = new Linker(compiled);
    for (String name : changed.keySet()) {
      Throwable error = woven.link(name);
      if (error == null) {
        continue;
      }
      Throwable before = plain.link(changed.get(name));
      if (before != null
          || !(error instanceof VerifyError || error instanceof ClassFormatError)
              && isMissing(error)) {
        unlinkable++;
      } else {
        failures.add(name + " " + error);
      }
    }
  }

  /** Whether the error names a class that is in no jar of the corpus, or one that the JDK keeps to itself, as javac's. */
  private boolean isMissing(Throwable error) {
    String message = String.valueOf(error.getMessage());
    return error instanceof NoClassDefFoundError && !compiled.containsKey(message)
        || error instanceof IllegalAccessError && message.contains("does not export");
  }

  // ---- counting

  private void count(byte[] plain, byte[] result) {
    ClassNode before = new ClassNode();
    new ClassReader(plain).accept(before, ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES);
    Map<String, MethodNode> after = new HashMap<>();
    if (result != null) {
      ClassNode c = new ClassNode();
      new ClassReader(result).accept(c, ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES);
      c.methods.forEach(m -> after.put(m.name + m.desc, m));
    }
    for (MethodNode m : before.methods) {
      boolean notMeant =
          m.name.startsWith("<")
              || (m.access & (Opcodes.ACC_SYNTHETIC | Opcodes.ACC_ABSTRACT)) != 0;
      MethodNode entry = after.get(m.name + m.desc);
      if (entry != null && isEntry(entry)) {
        methods++;
        woven++;
      } else if (!notMeant) {
        methods++;
        refused.merge(reason(before, m), 1, Integer::sum);
      }
    }
  }

  private static boolean isEntry(MethodNode m) {
    for (AbstractInsnNode insn : m.instructions) {
      if (insn instanceof MethodInsnNode call && call.owner.equals("dev/coweave/coroutine/Entry")) {
        return true;
      }
    }
    return false;
  }

  private static String reason(ClassNode c, MethodNode m) {
    if ((m.access & Opcodes.ACC_NATIVE) != 0) {
      return "native";
    }
    if ((c.version & 0xffff) < Opcodes.V1_6) {
      return "no StackMapTable (class file before Java 6)";
    }
    if ((m.access & Opcodes.ACC_SYNCHRONIZED) != 0) {
      return "synchronized";
    }
    for (AbstractInsnNode insn : m.instructions) {
      if (insn.getOpcode() == Opcodes.MONITORENTER) {
        return "suspension in a synchronized block";
      }
    }
    return "other";
  }

  @Override
  public String toString() {
    StringBuilder s = new StringBuilder();
    s.append(
        String.format(
            "%,d classes, %,d methods, %,d woven, %.1f MB, %.2f MB/s of CPU time%n",
            classes, methods, woven, bytes / 1e6, bytes * 1e3 / nanos));
    refused.forEach((reason, n) -> s.append(String.format("  %,8d plain: %s%n", n, reason)));
    s.append(String.format("  %,8d classes that HotSpot doesn't link even unwoven%n", unlinkable));
    s.append(String.format("  %,8d failed%n", failures.size()));
    return s.toString();
  }
}
