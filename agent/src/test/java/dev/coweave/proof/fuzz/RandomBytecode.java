package dev.coweave.proof.fuzz;

import dev.coweave.weave.emit.ClassEmitter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.ClassNode;

/**
 * Class files that are valid and that no javac writes: any flow between blocks, values on the stack across jumps, copies of
 * uninitialised objects in locals and all over the stack, every form of {@code dup}, handlers that overlap, start anywhere and
 * cover themselves, slots of parameters that are used for something else, jumps over more than 32 KB.
 *
 * <p>Some locals keep their type in the whole method, so that each block and handler can be entered from anywhere; what the
 * others hold is followed instruction by instruction.
 */
final class RandomBytecode {
  private static final int METHODS = 6;

  /** One method in so many has a gap of 32 KB. */
  private static final int GAP = 150;

  private static final String PROBE = "dev/coweave/proof/fuzz/Probe";
  private static final String CELL = PROBE + "$Cell";
  private static final String OBJECT = "java/lang/Object";

  /** No value: the second slot of a long or double, too. */
  private static final Object TOP = Opcodes.TOP;

  private static final Object[] TYPES = {
    Opcodes.INTEGER,
    Opcodes.LONG,
    Opcodes.FLOAT,
    Opcodes.DOUBLE,
    "java/lang/String",
    CELL,
    OBJECT,
    Opcodes.NULL
  };

  private final Random random;
  private MethodVisitor m;

  /** The types of the locals that never change; TOP for the others. */
  private Object[] stable;

  /** What the locals hold here, by slot. */
  private Object[] locals;

  /** The operands, the bottom first; a long or double is one entry. */
  private List<Object> stack;

  /** How many operands must stay where they are. */
  private int floor;

  private Label[] blocks;
  private List<List<Object>> entryStacks;
  private Label start;
  private Label exit;

  /** Places at which ranges of handlers may start and end. */
  private List<Label> places;

  private RandomBytecode(long seed) {
    random = new Random(seed);
  }

  /** A class of methods {@code m0}, {@code m1} and so on. */
  static byte[] generate(String internalName, long seed) {
    return new RandomBytecode(seed).generate(internalName);
  }

  private byte[] generate(String name) {
    ClassNode c = new ClassNode(Opcodes.ASM9);
    c.visit(Opcodes.V17, Opcodes.ACC_PUBLIC, name, null, OBJECT, null);
    MethodVisitor init = c.visitMethod(Opcodes.ACC_PUBLIC, "<init>", "()V", null, null);
    init.visitCode();
    init.visitVarInsn(Opcodes.ALOAD, 0);
    init.visitMethodInsn(Opcodes.INVOKESPECIAL, OBJECT, "<init>", "()V", false);
    init.visitInsn(Opcodes.RETURN);
    init.visitMaxs(0, 0);
    init.visitEnd();
    for (int i = 0; i < METHODS; i++) {
      boolean isStatic = random.nextBoolean();
      StringBuilder desc = new StringBuilder("(");
      for (int p = random.nextInt(5); p > 0; p--) {
        desc.append(pick("I", "J", "F", "D", "Ljava/lang/String;"));
      }
      desc.append(")")
          .append(pick("I", "J", "F", "D", "Ljava/lang/String;", "V", "L" + CELL + ";"));
      m =
          c.visitMethod(
              Opcodes.ACC_PUBLIC | (isStatic ? Opcodes.ACC_STATIC : 0),
              "m" + i,
              desc.toString(),
              null,
              null);
      m.visitAnnotation("Ldev/coweave/Coroutine;", true).visitEnd();
      m.visitCode();
      method(isStatic ? null : name, desc.toString());
      m.visitMaxs(0, 0);
      m.visitEnd();
    }
    c.visitEnd();
    // ASM alone forgets an object's class past a far jump.
    return ClassEmitter.write(c);
  }

  private void method(String owner, String desc) {
    places = new ArrayList<>();
    start = new Label();
    m.visitLabel(start);
    stack = new ArrayList<>();
    startLocals(owner, desc);
    blocks = new Label[3 + random.nextInt(4)];
    entryStacks = new ArrayList<>();
    for (int i = 0; i < blocks.length; i++) {
      blocks[i] = new Label();
      List<Object> entry = new ArrayList<>();
      for (int n = random.nextInt(3); n > 0; n--) {
        entry.add(type());
      }
      entryStacks.add(entry);
    }
    exit = new Label();
    jumpTo(random.nextInt(blocks.length));
    int far = random.nextInt(GAP) == 0 ? random.nextInt(blocks.length) : -1;
    for (int i = 0; i < blocks.length; i++) {
      enter(blocks[i], entryStacks.get(i));
      operations(4 + random.nextInt(10), 0);
      if (i == far) {
        gap();
      }
      leave();
    }
    handlers();
    end(desc);
    variables();
  }

  /** Variables of several ranges, as Kotlin has them. */
  private void variables() {
    for (int slot = 0; slot < stable.length && places.size() > 2; slot++) {
      if (stable[slot] != TOP) {
        Label between = places.get(1 + random.nextInt(places.size() - 2));
        String desc =
            stable[slot] instanceof String name
                ? "L" + name + ";"
                : String.valueOf("IFDJ".charAt((int) stable[slot] - 1));
        m.visitLocalVariable("v" + slot, desc, null, start, between, slot);
        m.visitLocalVariable("v" + slot, desc, null, between, places.get(places.size() - 1), slot);
      }
    }
  }

  private void startLocals(String owner, String desc) {
    int size = Type.getArgumentsAndReturnSizes(desc) / 4 + 6;
    stable = new Object[size];
    locals = new Object[size];
    Arrays.fill(stable, TOP);
    Arrays.fill(locals, TOP);
    int slot = 0;
    if (owner != null) {
      locals[slot++] = owner;
    }
    for (Type t : Type.getArgumentTypes(desc)) {
      Object type = ofDesc(t);
      locals[slot] = type;
      if (random.nextInt(5) < 3) {
        stable[slot] = type;
      }
      slot += size(type);
    }
    while (slot < size - 2) {
      Object type = TYPES[random.nextInt(5)];
      if (random.nextBoolean()) {
        stable[slot] = type;
        push(type);
        store(slot);
      }
      slot += size(type);
    }
  }

  private static Object ofDesc(Type t) {
    return switch (t.getSort()) {
      case Type.INT -> Opcodes.INTEGER;
      case Type.LONG -> Opcodes.LONG;
      case Type.FLOAT -> Opcodes.FLOAT;
      case Type.DOUBLE -> Opcodes.DOUBLE;
      default -> t.getInternalName();
    };
  }

  // ---- blocks

  private void enter(Label label, List<Object> entry) {
    System.arraycopy(stable, 0, locals, 0, stable.length);
    stack = new ArrayList<>(entry);
    m.visitLabel(label);
    frame();
  }

  private void frame() {
    List<Object> entries = new ArrayList<>();
    for (int i = 0; i < locals.length; i += size(locals[i])) {
      entries.add(locals[i]);
    }
    while (!entries.isEmpty() && entries.get(entries.size() - 1) == TOP) {
      entries.remove(entries.size() - 1);
    }
    m.visitFrame(Opcodes.F_NEW, entries.size(), entries.toArray(), stack.size(), stack.toArray());
  }

  /** Goes on in one of two blocks, or ends. */
  private void leave() {
    while (!stack.isEmpty()) {
      pop();
    }
    m.visitMethodInsn(Opcodes.INVOKESTATIC, PROBE, "go", "()Z", false);
    m.visitJumpInsn(Opcodes.IFEQ, exit);
    pushInt();
    Label other = new Label();
    if (random.nextInt(3) == 0) {
      m.visitInsn(Opcodes.ICONST_3);
      m.visitInsn(Opcodes.IAND);
      stack.remove(stack.size() - 1);
      Label third = new Label();
      m.visitTableSwitchInsn(0, 2, other, third, other, exit);
      m.visitLabel(third);
      frame();
    } else {
      stack.remove(stack.size() - 1);
      m.visitJumpInsn(random.nextBoolean() ? Opcodes.IFLE : Opcodes.IFNE, other);
    }
    Object[] kept = locals.clone();
    jumpTo(random.nextInt(blocks.length));
    locals = kept;
    m.visitLabel(other);
    frame();
    jumpTo(random.nextInt(blocks.length));
  }

  private void jumpTo(int block) {
    stack = new ArrayList<>();
    for (Object type : entryStacks.get(block)) {
      push(type);
    }
    m.visitJumpInsn(Opcodes.GOTO, blocks[block]);
    stack = new ArrayList<>();
  }

  /** So many bytes that jumps over them are wide: they need goto_w (JVMS 6.5). */
  private void gap() {
    for (int i = 0; i <= Short.MAX_VALUE; i++) {
      m.visitInsn(Opcodes.NOP);
    }
  }

  /** Ranges from anywhere to anywhere, some over the handlers themselves. */
  private void handlers() {
    List<Label> entries = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      Label handler = new Label();
      entries.add(handler);
      enter(handler, List.of("java/lang/Throwable"));
      m.visitMethodInsn(Opcodes.INVOKESTATIC, PROBE, "t", "(L" + OBJECT + ";)V", false);
      stack.clear();
      operations(1 + random.nextInt(5), 0);
      place();
      leave();
    }
    for (Label handler : entries) {
      for (int i = 1 + random.nextInt(2); i > 0 && places.size() > 1; i--) {
        int from = random.nextInt(places.size() - 1);
        int to = from + 1 + random.nextInt(places.size() - 1 - from);
        String type = pick(PROBE + "$Failure", PROBE + "$SubFailure", "java/lang/Exception", null);
        m.visitTryCatchBlock(places.get(from), places.get(to), handler, type);
      }
    }
  }

  private void place() {
    Label label = new Label();
    m.visitLabel(label);
    places.add(label);
    m.visitInsn(Opcodes.NOP);
  }

  private void end(String desc) {
    enter(exit, List.of());
    for (int i = 0; i < stable.length; i++) {
      if (stable[i] != TOP) {
        load(i);
        suspend();
        pop();
      }
    }
    Type returns = Type.getReturnType(desc);
    if (returns.getSort() != Type.VOID) {
      push(ofDesc(returns));
    }
    m.visitInsn(returns.getOpcode(Opcodes.IRETURN));
  }

  // ---- operations; each leaves operands that were there before where they are, unless it is a
  // shuffle

  private void operations(int n, int depth) {
    for (int i = 0; i < n; i++) {
      if (depth == 0 && random.nextInt(4) == 0) {
        place();
      }
      switch (random.nextInt(12)) {
        case 0, 1 -> push(type());
        case 2, 3 -> shuffle();
        case 4, 5 -> suspendIfPossible();
        case 6 -> storeSomewhere();
        case 7 -> loadSomething();
        case 8 -> create(depth);
        case 9 -> diamond(depth);
        case 10 -> increment();
        default -> combine();
      }
      while (stack.size() > floor + 12) {
        pop();
      }
    }
  }

  private Object type() {
    return TYPES[random.nextInt(TYPES.length)];
  }

  private void push(Object type) {
    if (type == Opcodes.INTEGER) {
      m.visitIntInsn(Opcodes.SIPUSH, random.nextInt(100) - 50);
    } else if (type == Opcodes.LONG) {
      m.visitLdcInsn((long) random.nextInt(1000));
    } else if (type == Opcodes.FLOAT) {
      m.visitLdcInsn(random.nextInt(100) / 4f);
    } else if (type == Opcodes.DOUBLE) {
      m.visitLdcInsn(random.nextInt(100) / 8d);
    } else if (type == Opcodes.NULL) {
      m.visitInsn(Opcodes.ACONST_NULL);
    } else if (type.equals(CELL)) {
      m.visitTypeInsn(Opcodes.NEW, CELL);
      m.visitInsn(Opcodes.DUP);
      m.visitMethodInsn(Opcodes.INVOKESPECIAL, CELL, "<init>", "()V", false);
    } else {
      m.visitLdcInsn(pick("x", "y", "z"));
    }
    stack.add(type);
    if (random.nextInt(3) == 0) {
      suspendIfPossible();
    }
  }

  private void pushInt() {
    push(Opcodes.INTEGER);
  }

  private Object top() {
    return stack.get(stack.size() - 1);
  }

  private void pop() {
    m.visitInsn(size(top()) == 2 ? Opcodes.POP2 : Opcodes.POP);
    stack.remove(stack.size() - 1);
  }

  private void suspendIfPossible() {
    if (stack.size() > floor && !(top() instanceof Label) && !isThis(top())) {
      suspend();
    }
  }

  /** An object's text would be different in each run. */
  private static boolean isThis(Object type) {
    return type instanceof String s && s.startsWith("fuzz/");
  }

  private static boolean isReference(Object type) {
    return type instanceof String || type == Opcodes.NULL;
  }

  private void suspend() {
    Object type = top();
    if (isReference(type)) {
      m.visitMethodInsn(
          Opcodes.INVOKESTATIC, PROBE, "sL", "(L" + OBJECT + ";)L" + OBJECT + ";", false);
      if (type == Opcodes.NULL) {
        m.visitInsn(Opcodes.POP);
        m.visitInsn(Opcodes.ACONST_NULL);
      } else if (!type.equals(OBJECT)) {
        m.visitTypeInsn(Opcodes.CHECKCAST, (String) type);
      }
    } else {
      String d =
          type == Opcodes.INTEGER
              ? "I"
              : type == Opcodes.LONG ? "J" : type == Opcodes.FLOAT ? "F" : "D";
      m.visitMethodInsn(Opcodes.INVOKESTATIC, PROBE, "s" + d, "(" + d + ")" + d, false);
    }
  }

  private void combine() {
    if (stack.size() >= floor + 2 && top() == stack.get(stack.size() - 2)) {
      int op =
          top() == Opcodes.INTEGER
              ? Opcodes.IADD
              : top() == Opcodes.LONG
                  ? Opcodes.LADD
                  : top() == Opcodes.DOUBLE
                      ? Opcodes.DADD
                      : top() == Opcodes.FLOAT ? Opcodes.FSUB : -1;
      if (op >= 0) {
        m.visitInsn(op);
        stack.remove(stack.size() - 1);
      }
    }
  }

  private void increment() {
    for (int i = 0; i < locals.length; i++) {
      if (locals[i] == Opcodes.INTEGER && random.nextBoolean()) {
        m.visitIincInsn(i, 3);
        return;
      }
    }
  }

  // ---- locals

  private void loadSomething() {
    int slot = random.nextInt(locals.length);
    if (locals[slot] != TOP) {
      load(slot);
    }
  }

  private void load(int slot) {
    Object type = locals[slot];
    m.visitVarInsn(opcode(type, Opcodes.ILOAD), slot);
    stack.add(type);
  }

  private void storeSomewhere() {
    if (stack.size() <= floor) {
      return;
    }
    int slot = random.nextInt(locals.length - 1);
    Object type = top();
    if (stable[slot] != TOP
        ? stable[slot] == type
        : isFree(slot) && (size(type) == 1 || isFree(slot + 1))) {
      store(slot);
    }
  }

  /** Whether a slot belongs to no local that keeps its type. */
  private boolean isFree(int slot) {
    return stable[slot] == TOP && (slot == 0 || size(stable[slot - 1]) == 1);
  }

  private void store(int slot) {
    Object type = stack.remove(stack.size() - 1);
    m.visitVarInsn(opcode(type, Opcodes.ISTORE), slot);
    if (slot > 0 && size(locals[slot - 1]) == 2) {
      locals[slot - 1] = TOP;
    }
    if (size(locals[slot]) == 2 && size(type) == 1) {
      locals[slot + 1] = TOP;
    }
    locals[slot] = type;
    if (size(type) == 2) {
      if (size(locals[slot + 1]) == 2) {
        locals[slot + 2] = TOP;
      }
      locals[slot + 1] = TOP;
    }
  }

  private static int opcode(Object type, int intOpcode) {
    if (type == Opcodes.INTEGER) {
      return intOpcode;
    }
    return intOpcode
        + (type == Opcodes.LONG ? 1 : type == Opcodes.FLOAT ? 2 : type == Opcodes.DOUBLE ? 3 : 4);
  }

  private static int size(Object type) {
    return type == Opcodes.LONG || type == Opcodes.DOUBLE ? 2 : 1;
  }

  // ---- the stack

  /** One of dup, dup_x1, dup_x2, dup2, dup2_x1, dup2_x2, swap (JVMS 6.5), where its operands' sizes allow it. */
  private void shuffle() {
    int n = stack.size();
    if (n <= floor) {
      return;
    }
    // The operands by words, from the top: where a value of two begins, and how deep.
    boolean wide = size(top()) == 2;
    int taken =
        wide ? 1 : n >= floor + 2 && size(stack.get(n - 2)) == 1 && random.nextBoolean() ? 2 : 1;
    int words = wide ? 2 : taken;
    int below = random.nextInt(3);
    int under = n - taken;
    int skipped = 0;
    int skippedWords = 0;
    while (skippedWords < below && under - skipped > floor) {
      skippedWords += size(stack.get(under - skipped - 1));
      skipped++;
    }
    if (skippedWords > 2) {
      return;
    }
    if (!wide && n >= floor + 2 && size(stack.get(n - 2)) == 1 && random.nextInt(4) == 0) {
      m.visitInsn(Opcodes.SWAP);
      stack.add(n - 2, stack.remove(n - 1));
      return;
    }
    int[][] forms = {
      {Opcodes.DUP, Opcodes.DUP_X1, Opcodes.DUP_X2},
      {Opcodes.DUP2, Opcodes.DUP2_X1, Opcodes.DUP2_X2}
    };
    m.visitInsn(forms[words - 1][skippedWords]);
    stack.addAll(under - skipped, new ArrayList<>(stack.subList(under, n)));
  }

  /** Either value, by a jump that finds all operands and locals as they are. */
  private void diamond(int depth) {
    if (depth > 2) {
      return;
    }
    Object type = TYPES[random.nextInt(5)];
    Label otherwise = new Label();
    Label end = new Label();
    pushInt();
    stack.remove(stack.size() - 1);
    m.visitJumpInsn(Opcodes.IFLT, otherwise);
    List<Object> before = new ArrayList<>(stack);
    push(type);
    m.visitJumpInsn(Opcodes.GOTO, end);
    stack = new ArrayList<>(before);
    m.visitLabel(otherwise);
    frame();
    push(type);
    m.visitLabel(end);
    frame();
  }

  /** A new object, with copies of its uninitialised reference here and there while its arguments are evaluated. */
  private void create(int depth) {
    if (depth > 4) {
      return;
    }
    Label creation = new Label();
    m.visitLabel(creation);
    m.visitTypeInsn(Opcodes.NEW, CELL);
    stack.add(creation);
    for (int i = random.nextInt(3); i > 0; i--) {
      m.visitInsn(Opcodes.DUP);
      stack.add(creation);
    }
    if (random.nextInt(3) == 0) {
      shuffle();
    }
    if (random.nextInt(3) == 0) {
      storeSomewhere();
    }
    operations(random.nextInt(3), depth + 1);
    if (!fetch(creation)) {
      return;
    }
    boolean wide = random.nextBoolean();
    push(wide ? Opcodes.LONG : Opcodes.INTEGER);
    int before = stack.size();
    if (random.nextBoolean()) {
      int outer = floor;
      floor = before;
      create(depth + 1);
      floor = outer;
    }
    if (stack.size() != before + 1 || !isReference(stack.get(before))) {
      while (stack.size() > before) {
        pop();
      }
      push(OBJECT);
    }
    if (wide) {
      push(Opcodes.DOUBLE);
    }
    m.visitMethodInsn(
        Opcodes.INVOKESPECIAL,
        CELL,
        "<init>",
        wide ? "(JL" + OBJECT + ";D)V" : "(IL" + OBJECT + ";)V",
        false);
    int size = stack.size() - (wide ? 4 : 3);
    stack = new ArrayList<>(stack.subList(0, size));
    stack.replaceAll(t -> t == creation ? CELL : t);
    for (int i = 0; i < locals.length; i++) {
      if (locals[i] == creation) {
        locals[i] = CELL;
      }
    }
  }

  /** Puts an uninitialised object on top of the stack; false if there is no copy left. */
  private boolean fetch(Label creation) {
    if (stack.size() > floor && top() == creation) {
      return true;
    }
    for (int i = 0; i < locals.length; i++) {
      if (locals[i] == creation) {
        load(i);
        return true;
      }
    }
    while (stack.subList(floor, stack.size()).contains(creation)) {
      if (top() == creation) {
        return true;
      }
      pop();
    }
    return false;
  }

  private String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }
}
