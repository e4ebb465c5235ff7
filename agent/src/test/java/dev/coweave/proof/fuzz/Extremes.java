package dev.coweave.proof.fuzz;

import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Methods near the limits of class files (JVMS 4.11), which random statements don't reach. */
final class Extremes {
  private Extremes() {}

  /** One of them. */
  static Node method(Random random) {
    return Node.of(
        "@Coroutine static ",
        switch (random.nextInt(4)) {
          case 0 -> parameters();
          case 1 -> locals(130 + random.nextInt(100));
          case 2 -> points(400 + random.nextInt(500));
          default -> code(1500 + random.nextInt(1200));
        });
  }

  /** 254 slots, and the twin's continuation is the last that a method may have; all are live to the end. */
  private static Node parameters() {
    return Node.of(
        "long m90(" + list(126, "long a", ", ") + ", int b, int c) throws Exception {\n",
        "long x = sJ(a7) + sI(b);\n",
        "while (go() && x % 3 != 0) x += sJ(a125) + sI(c);\n",
        "return x + " + list(126, "a", " + ") + " + b + c;\n}\n");
  }

  /** So many that loads and stores are wide. */
  private static Node locals(int count) {
    return Node.of(
        "long m91(int a) throws Exception {\n",
        IntStream.range(0, count)
            .mapToObj(
                i ->
                    (i % 2 == 0 ? "long v" : "double v")
                        + (i % 7 == 0 ? i + " = sJ(a + " + i + "L);" : i + " = a * " + i + ";"))
            .collect(Collectors.joining("\n")),
        "\nreturn (long) (" + list(count, "v", " + ") + ");\n}\n");
  }

  /** Woven, a thousand of the first kinds have more than 64 KB. */
  private static Node points(int count) {
    return Node.of(
        "long m92(int a, String t) throws Exception {\n long x = a;\n",
        IntStream.range(0, count)
            .mapToObj(
                i ->
                    switch (i < 100 ? i % 5 : 5) {
                      case 0 -> "x ^= sJ(x + " + i + ");";
                      case 1 -> "t = k(t + sI(" + i + "));";
                      case 2 -> "if (sZ(x % 3 == 0)) a++;";
                      case 3 -> "x += sI(a) * x;";
                      case 4 -> "t = (String) sL(t);";
                      default -> "s();";
                    })
            .collect(Collectors.joining("\n")),
        "\nt((Object) t);\nreturn x;\n}\n");
  }

  /** Jumps that need four bytes: javac reverses the conditions and uses goto_w. */
  private static Node code(int count) {
    return Node.of(
        "int m93(int a) throws Exception {\n while (go() && sZ(a != 3)) {\n if (sI(a) % 5 == 0) { a++; continue; }\n",
        IntStream.range(0, count)
            .mapToObj(i -> "a = a * 31 + si * " + i + ";")
            .collect(Collectors.joining("\n")),
        "\n a = sI(a);\n }\n return a;\n}\n");
  }

  private static String list(int count, String prefix, String separator) {
    return IntStream.range(0, count)
        .mapToObj(i -> prefix + i)
        .collect(Collectors.joining(separator));
  }
}
