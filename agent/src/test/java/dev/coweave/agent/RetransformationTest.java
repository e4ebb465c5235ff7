package dev.coweave.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.weave.Sources;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import net.bytebuddy.agent.ByteBuddyAgent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** Another agent adds a call to each method of a class that Coweave's agent weaves, when it is loaded or later. */
public class RetransformationTest {
  private static final String PROGRAM =
      """
      import static dev.coweave.task.Task.await;

      import dev.coweave.Coroutine;
      import dev.coweave.generator.Generator;
      import java.util.concurrent.CompletableFuture;

      public class AgentHost {
        public static CompletableFuture<String> run(CompletableFuture<String> gate) {
          return start(gate);
        }

        @Coroutine static CompletableFuture<String> start(CompletableFuture<String> gate) {
          return CompletableFuture.completedFuture(greet(gate, 7L));
        }

        @Coroutine static String greet(CompletableFuture<String> gate, long n) {
          String s = "";
          for (int i : upTo(3)) {
            s += i + await(gate) + n;
          }
          return s;
        }

        @Coroutine static Generator<Integer> upTo(int n) {
          for (int i = 0; i < n; i++) {
            Generator.yield(i);
          }
          return Generator.end();
        }
      }
      """;

  private static final String RESULT = "0x71x72x7";
  private static final Set<String> HIT = new TreeSet<>();

  /** What is added to each method. */
  public static void hit(String method) {
    HIT.add(method);
  }

  private final ClassFileTransformer other =
      new ClassFileTransformer() {
        @Override
        public byte[] transform(
            ClassLoader loader,
            String name,
            Class<?> redefined,
            ProtectionDomain domain,
            byte[] classFile) {
          return "AgentHost".equals(name) ? withHits(classFile) : null;
        }
      };

  private final Instrumentation jvm = ByteBuddyAgent.install();
  @TempDir private Path classes;
  private URLClassLoader loader;

  @BeforeAll
  static void install() {
    Coweave.install("include=Agent*,verify");
  }

  @BeforeEach
  void compile() throws Exception {
    Sources.compile(classes, PROGRAM);
    loader =
        new URLClassLoader(
            new URL[] {classes.toUri().toURL()}, RetransformationTest.class.getClassLoader());
    HIT.clear();
  }

  @AfterEach
  void remove() throws Exception {
    jvm.removeTransformer(other);
    loader.close();
  }

  private static byte[] withHits(byte[] classFile) {
    ClassReader reader = new ClassReader(classFile);
    ClassWriter writer = new ClassWriter(reader, ClassWriter.COMPUTE_MAXS);
    reader.accept(
        new ClassVisitor(Opcodes.ASM9, writer) {
          @Override
          public MethodVisitor visitMethod(
              int access, String name, String desc, String signature, String[] exceptions) {
            return new MethodVisitor(
                Opcodes.ASM9, super.visitMethod(access, name, desc, signature, exceptions)) {
              @Override
              public void visitCode() {
                super.visitCode();
                visitLdcInsn(name + desc.substring(0, desc.indexOf(')') + 1));
                visitMethodInsn(
                    Opcodes.INVOKESTATIC,
                    "dev/coweave/agent/RetransformationTest",
                    "hit",
                    "(Ljava/lang/String;)V",
                    false);
              }
            };
          }
        },
        0);
    return writer.toByteArray();
  }

  @SuppressWarnings("unchecked")
  private CompletableFuture<String> run(CompletableFuture<String> gate) throws Exception {
    return (CompletableFuture<String>)
        host().getMethod("run", CompletableFuture.class).invoke(null, gate);
  }

  private Class<?> host() throws ClassNotFoundException {
    return loader.loadClass("AgentHost");
  }

  private static String members(Class<?> c) {
    return Arrays.stream(c.getDeclaredMethods())
        .map(Object::toString)
        .sorted()
        .collect(Collectors.joining("\n"));
  }

  private static final String C = "Ldev/coweave/coroutine/Continuation;)";

  @Test
  void aWovenClass_canBeRetransformed_withActivationsParkedInIt() throws Exception {
    CompletableFuture<String> gate = new CompletableFuture<>();
    CompletableFuture<String> parked = run(gate);
    String before = members(host());
    assertEquals(Set.of(), HIT);

    jvm.addTransformer(other, true);
    jvm.retransformClasses(host());
    assertEquals(before, members(host()));
    assertFalse(parked.isDone());
    gate.complete("x");
    assertEquals(RESULT, parked.join());
    assertTrue(HIT.contains("greet(LAgentHost$$greet;" + C), HIT.toString());
    assertEquals(RESULT, run(gate).join());
    assertTrue(HIT.contains("greet(Ljava/util/concurrent/CompletableFuture;J" + C), HIT.toString());

    jvm.removeTransformer(other);
    jvm.retransformClasses(host());
    HIT.clear();
    assertEquals(RESULT, run(gate).join());
    assertEquals(Set.of(), HIT);
  }

  @Test
  void anAgentThatTransformsWhenClassesAreLoaded_seesThemWoven() throws Exception {
    for (boolean retransforms : new boolean[] {true, false}) {
      jvm.addTransformer(other, retransforms);
      CompletableFuture<String> gate = new CompletableFuture<>();
      CompletableFuture<String> parked = run(gate);
      gate.complete("x");
      assertEquals(RESULT, parked.join());
      assertTrue(HIT.contains("upTo(LAgentHost$$upTo;" + C), HIT.toString());
      remove();
      compile();
    }
  }
}
