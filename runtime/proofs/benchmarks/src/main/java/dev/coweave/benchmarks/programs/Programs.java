package dev.coweave.benchmarks.programs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Runs the programs and prints what they cost. */
public final class Programs {
  private static final List<Integer> CONNECTIONS = List.of(10, 100, 1_000, 5_000);
  private static final int TLS_CONNECTIONS = 50;
  private static final int SLEEPERS = 1_000_000;
  private static final long SECOND = 1_000_000_000;
  private static final Pattern AGENT = Pattern.compile("coweave-agent-[0-9.]+(-SNAPSHOT)?[.]jar");

  private final List<String> names;
  private final List<Measured> measured = new ArrayList<>();

  private Programs(List<String> names) {
    this.names = names;
  }

  private interface Program {
    List<Measured> measured() throws Exception;
  }

  /**
   * Runs them.
   *
   * @param args the names of those to run: echo, tls, flood, sleepers, lateness, observed, growth, starting; none for all. Before them,
   *     {@code -rff FILE} for a file of the figures in JSON
   * @throws Exception when one fails
   */
  public static void main(String[] args) throws Exception {
    boolean keeps = args.length > 1 && args[0].equals("-rff");
    new Programs(List.of(args).subList(keeps ? 2 : 0, args.length))
        .run(keeps ? Path.of(args[1]) : null);
  }

  private void run(Path file) throws Exception {
    Path directory = Files.createTempDirectory("benchmark");
    try {
      System.out.println("| work | ours | beside | theirs | ratio | goal |");
      System.out.println("|---|--:|---|--:|--:|--:|");
      Servers servers = new Servers(3 * SECOND);
      for (int n : CONNECTIONS) {
        run("echo", () -> servers.echo(n));
      }
      run("tls", () -> servers.tls(TLS_CONNECTIONS, Keys.make(directory)));
      run("flood", servers::flood);
      run("lateness", Lateness::measured);
      run("observed", Observed::measured);
      run("sleepers", () -> Sleepers.measured(SLEEPERS));
      run("starting", () -> Starting.measured(directory, agent()));
      run("starting", () -> Loading.measured(directory, agent()));
      Map<String, Map<String, List<Double>>> growth = Map.of();
      if (names.isEmpty() || names.contains("growth")) {
        growth = Growth.measured();
        Growth.print(growth);
      }
      if (file != null) {
        Files.writeString(file, json(growth));
      }
    } finally {
      delete(directory);
    }
  }

  private void run(String name, Program program) throws Exception {
    if (names.isEmpty() || names.contains(name)) {
      List<Measured> figures = program.measured();
      figures.forEach(Programs::print);
      measured.addAll(figures);
    }
  }

  /** All figures; no name in them needs to be escaped. */
  private String json(Map<String, Map<String, List<Double>>> growth) {
    String programs =
        measured.stream()
            .map(m -> member(m.work(), object(m.ways(), Object::toString)))
            .collect(Collectors.joining(",\n", "{\n", "\n}"));
    String curves = object(growth, ways -> object(ways, List::toString));
    return "{\n"
        + String.join(
            ",\n",
            member("programs", programs),
            member("numbers", Growth.NUMBERS.toString()),
            member("growth", curves))
        + "\n}\n";
  }

  private static <T> String object(Map<String, T> members, Function<T, String> value) {
    return members.entrySet().stream()
        .map(m -> member(m.getKey(), value.apply(m.getValue())))
        .collect(Collectors.joining(", ", "{", "}"));
  }

  private static String member(String name, String value) {
    return '"' + name + "\": " + value;
  }

  private static void print(Measured m) {
    double ours = m.ways().get(Measured.OURS);
    if (m.ways().size() == 1) {
      print(m.work(), ours, "", "", "", m.goals().getOrDefault(Measured.OURS, ""));
    }
    m.ways()
        .forEach(
            (way, theirs) -> {
              if (!way.equals(Measured.OURS)) {
                String ratio = String.format(Locale.ROOT, "%.2f", ours / theirs);
                print(m.work(), ours, way, figure(theirs), ratio, m.goals().getOrDefault(way, ""));
              }
            });
  }

  private static void print(
      String work, double ours, String way, String theirs, String ratio, String goal) {
    System.out.printf(
        Locale.ROOT,
        "| %s | %s | %s | %s | %s | %s |%n",
        work,
        figure(ours),
        way,
        theirs,
        ratio,
        goal);
  }

  private static String figure(double figure) {
    return String.format(Locale.ROOT, figure < 100 ? "%.2f" : "%.0f", figure);
  }

  /** The agent that was built with this. */
  private static Path agent() throws IOException {
    Path target = Path.of(System.getProperty("java.class.path")).toAbsolutePath().getParent();
    Path built = target.resolve("../../../../agent/target").normalize();
    try (Stream<Path> files = Files.list(built)) {
      return files
          .filter(file -> AGENT.matcher(file.getFileName().toString()).matches())
          .findFirst()
          .orElseThrow(() -> new IllegalStateException("no agent was built in " + built));
    }
  }

  private static void delete(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
