package dev.coweave.weave;

import dev.coweave.weave.analysis.BrokenRule;
import dev.coweave.weave.analysis.CoroutineMarks;
import dev.coweave.weave.analysis.Coroutines;
import dev.coweave.weave.analysis.Generated;
import dev.coweave.weave.analysis.Rule;
import dev.coweave.weave.analysis.RuntimeAbi;
import dev.coweave.weave.bytecode.ClassInfo;
import dev.coweave.weave.bytecode.ClassInfos;
import dev.coweave.weave.bytecode.ConstantPool;
import dev.coweave.weave.bytecode.Verification;
import dev.coweave.weave.machine.ClassPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.ClassNode;

/** Weaves classes, one at a time. Thread-safe. */
public final class Weaver {

  /** What makes lambdas of more than one interface: only the functional one stands in a descriptor. */
  private static final byte[][] MARKED_LAMBDAS = ConstantPool.ascii(List.of("altMetafactory"));

  /** How the descriptors of async methods end that don't name the runtime. */
  private static final byte[][] FUTURES =
      ConstantPool.ascii(
          List.of(
              ")Ljava/util/concurrent/CompletableFuture;",
              ")Ljava/util/concurrent/CompletionStage;"));

  /** What the names of the runtime's classes begin with. */
  private static final String RUNTIME = "dev/coweave/";

  /** What constants begin with in all classes that have coroutines or use them, but for a few that compilers make. */
  private static final byte[][] SIGNS = signs();

  /** What ASM's complaints begin with. */
  private static final String ASM_FAULT = "java.lang.IllegalArgumentException: ";

  private final ClassFiles classFiles;
  private final Options options;
  private final Coroutines coroutines;
  private final Lineage lineage;

  /** Null until somebody asked. */
  private volatile @Nullable Optional<Problem> runtimeProblem;

  /**
   * A weaver for the classes of one class path or class loader.
   *
   * @param classFiles where other classes are looked up
   * @param options what to weave, and how
   */
  public Weaver(ClassFiles classFiles, Options options) {
    this.classFiles = classFiles;
    this.options = options;
    ClassInfos infos =
        new ClassInfos(
            name -> EntryName.flaw(name) == null ? classFiles.find(name) : null,
            classFiles::unreadable,
            CoroutineMarks.ALL);
    this.coroutines =
        new Coroutines(
            infos,
            options.coroutines()::matchesMethod,
            options::selects,
            classFiles::isWovenAlong,
            classFiles.isWhole());
    this.lineage = new Lineage(classFiles, coroutines, SIGNS, !options.coroutines().isEmpty());
  }

  private static byte[][] signs() {
    List<String> signs = new ArrayList<>(CoroutineMarks.ALL);
    signs.add(RUNTIME);
    return ConstantPool.ascii(signs);
  }

  /**
   * Weaves a class.
   *
   * @param classFile its bytes, which are not changed
   * @return what became of it; never a half-woven class
   */
  public WeaveResult weave(byte[] classFile) {
    return weave(classFile, plan -> {});
  }

  /**
   * Weaves a class, and shows its plan.
   *
   * @param classFile its bytes, which are not changed
   * @param plan told the plan of a class that has something to weave, also if it has errors; what has them isn't in it
   * @return as {@link #weave(byte[])}
   */
  public WeaveResult weave(byte[] classFile, Consumer<ClassPlan> plan) {
    boolean concerned = false;
    try {
      ConstantPool pool = ConstantPool.of(classFile);
      if (pool != null && !concerns(pool, classFile) && !mayDropTasks(pool)) {
        return WeaveResult.UNCHANGED;
      }
      ClassReader reader = new ClassReader(classFile);
      String name = reader.getClassName();
      concerned = true;
      if (pool != null) {
        coroutines.infos().checkSupertypes(pool);
      }
      String flaw = EntryName.flaw(name);
      if (flaw != null) {
        return failure(TreeProblems.improperName(name, flaw));
      }
      if (isCopyOfAnnotations(reader)) {
        return WeaveResult.UNCHANGED;
      }
      ClassWeaving weaving = new ClassWeaving(classFile, reader, coroutines, options);
      WeaveResult result = weaving.weave();
      ClassPlan planned = weaving.plan();
      if (planned != null && !planned.isEmpty()) {
        plan.accept(planned);
      }
      return result;
    } catch (RuntimeException | LinkageError | AssertionError | StackOverflowError e) {
      return failure(classFile, concerned, e);
    }
  }

  /**
   * Why a class was woven or not, in a line.
   *
   * @param classFile its bytes
   * @param result what {@link #weave(byte[])} made of it
   */
  public String reason(byte[] classFile, WeaveResult result) {
    if (result.failed()) {
      return "not woven: it has errors";
    }
    if (result.classFile() != null) {
      return "woven: coroutines: "
          + result.methods()
          + ", classes made for it: "
          + result.companions().size();
    }
    String name = nameOf(classFile);
    if (!options.selects(name)) {
      return "not woven: include and exclude leave it out";
    }
    if (RuntimeAbi.isRuntime(name)) {
      return "not woven: it is of the runtime, which has its twins";
    }
    if (isStamped(classFile)) {
      return "not woven: it was woven before";
    }
    ConstantPool pool = ConstantPool.of(classFile);
    if (pool != null && !concerns(pool, classFile)) {
      return "not woven: it has no coroutines, inherits none and makes no lambdas of coroutine"
          + " interfaces";
    }
    return "not woven: it names Coweave, and has nothing that may suspend: no @Coroutine method,"
        + " and no lambda of a coroutine interface whose body waits";
  }

  /** Whether a class was made at run time, and has its annotations from the class that it was made of. */
  private boolean isCopyOfAnnotations(ClassReader reader) {
    if (hasSource(reader) || !classFiles.isInNoFile(reader.getClassName())) {
      return false;
    }
    ClassInfo c = ClassInfo.read(reader, false);
    coroutines.infos().putIfAbsent(c);
    return c.methods().values().stream().anyMatch(coroutines::isCoroutine)
        && Generated.onlyOverridesCoroutines(c, coroutines);
  }

  private static boolean hasSource(ClassReader reader) {
    try {
      ClassNode c = new ClassNode();
      reader.accept(c, ClassReader.SKIP_CODE | ClassReader.SKIP_FRAMES);
      return c.sourceFile != null;
    } catch (RuntimeException e) {
      return true; // it is damaged, which is told where it is woven
    }
  }

  /** What is wrong with the runtime that woven classes would link to: it is missing, or of another version. */
  public Optional<Problem> runtimeProblem() {
    Optional<Problem> problem = runtimeProblem;
    if (problem == null) {
      problem = RuntimeCheck.problem(classFiles);
      runtimeProblem = problem;
    }
    return problem;
  }

  /**
   * A class that was refused, with twins that call its plain methods and nothing else changed. Callers that are woven already, for whom
   * it has coroutines, can link to it.
   *
   * @param classFile its bytes, which are not changed
   * @return the class, or null if it can't be read
   */
  public byte @Nullable [] forwarding(byte[] classFile) {
    try {
      return Forwarding.of(new ClassReader(classFile), coroutines);
    } catch (RuntimeException | LinkageError | AssertionError e) {
      return null;
    }
  }

  /** Whether a class may have something to weave; for nearly all classes a look at the constant pool tells. */
  private boolean concerns(ConstantPool c, byte[] classFile) {
    String name = c.className();
    if (!options.selects(name) || RuntimeAbi.isRuntime(name)) {
      return false;
    }
    boolean mayHaveUnannotated = coroutines.mayHaveUnannotated(c);
    // Who bears no coroutine may still await in a constructor, which is an error.
    return c.containsPrefix(SIGNS)
        || (!options.coroutines().isEmpty() && coroutines.hasPatternMatch(classFile))
        || lineage.inherits(c, !mayHaveUnannotated)
        || haveCoroutines(c.dynamicTypes())
        || (c.contains(MARKED_LAMBDAS) && haveCoroutines(c.classes()))
        || (mayHaveUnannotated && lineage.hasCoroutines(name))
        || coroutines.hasComposedMark(classFile);
  }

  /** Whether a class that may be plain calls async methods: then there may be advice. */
  private boolean mayDropTasks(ConstantPool c) {
    return options.warnings() != Warnings.OFF
        && options.selects(c.className())
        && haveCoroutines(c.ownersOfMethods(FUTURES));
  }

  private boolean haveCoroutines(List<String> types) {
    for (String type : types) {
      if (lineage.hasCoroutines(type)) {
        return true;
      }
    }
    return false;
  }

  /** The class file is at fault if it isn't valid as it is, else the weaver. */
  private WeaveResult failure(byte[] classFile, boolean concerned, Throwable e) {
    String name = nameIn(classFile);
    String invalid =
        e instanceof ClassCircularityError
            ? String.valueOf(e.getMessage()).replace('/', '.') + " is its own supertype"
            : Verification.checkWithFrames(classFile);
    if (invalid == null) {
      return e instanceof StackOverflowError
          ? failure(Rule.STACK_FULL, name, "the stack was full while the class was woven")
          : failure(Rule.INTERNAL, name, e.toString());
    }
    // Without the annotation's name in it, it is none of our business; the JVM will say what is
    // wrong.
    return concerned
            || (ConstantPool.contains(classFile, CoroutineMarks.ALL)
                && options.selects(name.replace('.', '/')))
        ? failure(Rule.UNREADABLE, name, invalid.replace(ASM_FAULT, ""))
        : WeaveResult.UNCHANGED;
  }

  /**
   * The name of a class.
   *
   * @param classFile its bytes; they may be too new for this weaver, or damaged
   * @return its internal name, or a text that is no name
   */
  public static String nameOf(byte[] classFile) {
    return nameIn(classFile).replace('.', '/');
  }

  /** Whether a class file is of a class that was woven. */
  public static boolean isStamped(byte[] classFile) {
    return ConstantPool.contains(classFile, List.of(RuntimeAbi.STAMP_DESC));
  }

  /** Whether a class file names the annotation of coroutines, and was not woven. */
  public static boolean mayHaveCoroutines(byte[] classFile) {
    return ConstantPool.contains(classFile, CoroutineMarks.ALL) && !isStamped(classFile);
  }

  /** Whether a class that was woven declares coroutines, and doesn't only inherit or call them. */
  public boolean declaresCoroutines(String internalName) {
    ClassInfo c = coroutines.infos().find(internalName);
    return c != null && c.methods().values().stream().anyMatch(coroutines::isCoroutine);
  }

  /** The name of a class whose file may be too new: if that is all, the rest may be read as an old one's. */
  private static String nameIn(byte[] classFile) {
    try {
      byte[] older = classFile.clone();
      older[6] = 0;
      older[7] = Opcodes.V17;
      return new ClassReader(older).getClassName().replace('/', '.');
    } catch (RuntimeException e) {
      return "a class file";
    }
  }

  private static WeaveResult failure(Rule rule, String subject, String what) {
    BrokenRule broken = new BrokenRule(rule, subject, 0, what);
    return failure(problem(broken, null));
  }

  private static WeaveResult failure(Problem problem) {
    return new WeaveResult(null, Map.of(), Map.of(), 0, List.of(problem));
  }

  static Problem problem(BrokenRule broken, @Nullable String file) {
    return Problem.of(broken.rule(), broken.method(), file, broken.line(), broken.what());
  }
}
