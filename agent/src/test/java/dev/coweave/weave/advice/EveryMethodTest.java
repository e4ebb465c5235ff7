package dev.coweave.weave.advice;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.coweave.weave.analysis.CoroutineMarks;
import dev.coweave.weave.analysis.Coroutines;
import dev.coweave.weave.analysis.LambdaNames;
import dev.coweave.weave.analysis.Rule;
import dev.coweave.weave.bytecode.ClassInfo;
import dev.coweave.weave.bytecode.ClassInfos;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * The rules on code by people who have never heard of coroutines, as if each of their methods were one: whatever waits too long there is no mistake
 * of theirs. {@code -Dadvice.jars=a.jar:b.jar} takes others, and prints what is told of them.
 */
class EveryMethodTest {
  private static final String JARS = System.getProperty("advice.jars", "");

  /** Locks that are held, and calls that block, would be wrong if these methods were coroutines. */
  private static final List<Rule> RIGHT = List.of(Rule.BLOCKING_CALL, Rule.LOCK_ACROSS_WAIT);

  @Test
  void nothingIsFalselyTold() throws IOException {
    List<String> jars =
        JARS.isEmpty()
            ? Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(j -> j.contains("picocli") || j.contains("asm-"))
                .toList()
            : List.of(JARS.split(File.pathSeparator));
    List<String> told = new ArrayList<>();
    for (String jar : jars) {
      Map<String, byte[]> classes = classesOf(jar);
      List<String> all = new ArrayList<>();
      int methods = read(classes, all);
      if (!JARS.isEmpty()) {
        System.out.println(Path.of(jar).getFileName() + ": " + methods + " methods");
        all.forEach(System.out::println);
      }
      told.addAll(
          all.stream().filter(t -> RIGHT.stream().noneMatch(r -> t.startsWith(r.name()))).toList());
    }
    assertEquals(List.of(), told);
  }

  private static Map<String, byte[]> classesOf(String jar) throws IOException {
    Map<String, byte[]> classes = new TreeMap<>();
    try (JarFile file = new JarFile(jar)) {
      for (JarEntry e : Collections.list(file.entries())) {
        String name = e.getName();
        if (name.endsWith(".class") && !name.startsWith("META-INF") && !name.contains("-info")) {
          String internal = name.substring(0, name.length() - ".class".length());
          classes.put(internal, file.getInputStream(e).readAllBytes());
        }
      }
    }
    return classes;
  }

  private static int read(Map<String, byte[]> classes, List<String> told) {
    ClassInfos infos = new ClassInfos(classes::get, (name, why) -> {}, CoroutineMarks.ALL);
    Coroutines coroutines =
        new Coroutines(
            infos,
            (owner, name) -> classes.containsKey(owner) && !name.startsWith("<"),
            name -> true,
            name -> true,
            false);
    Types types = new Types(infos);
    int methods = 0;
    for (byte[] classFile : classes.values()) {
      ClassNode c = new ClassNode();
      new ClassReader(classFile).accept(c, ClassReader.EXPAND_FRAMES);
      ClassInfo info = ClassInfo.read(c);
      LambdaNames names = new LambdaNames(c);
      for (MethodNode m : c.methods) {
        if (m.instructions.size() > 0 && !m.name.startsWith("<")) {
          Subject s =
              new Subject(
                  coroutines,
                  types,
                  info,
                  c,
                  info.method(m.name, m.desc),
                  m,
                  names.of(m),
                  r -> told.add(r.rule() + " " + r.method() + ":" + r.line() + " " + r.what()));
          Advice.asCoroutine(s);
          methods++;
        }
      }
    }
    return methods;
  }
}
