package dev.coweave.durable.speed;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.coweave.durable.DurableEngine;
import dev.coweave.durable.DurableOptions;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Steps a second, beside DBOS Transact on the same PostgreSQL with {@code fsync} on, and on an H2 in a file. Arguments name what is measured: {@code
 * h2}, {@code postgres}; none of them is both. CONTRIBUTING.md has the command.
 */
public final class Speed {
  private static final List<Contest.Load> LOADS =
      List.of(new Contest.Load(200, 50), new Contest.Load(1, 500));

  /** After a warm-up; the best counts. */
  private static final int ROUNDS = Integer.getInteger("rounds", 3);

  private Speed() {}

  /** Measures and prints. */
  public static void main(String[] arguments) throws Exception {
    List<String> which = arguments.length == 0 ? List.of("h2", "postgres") : List.of(arguments);
    if (which.contains("h2")) {
      h2();
    }
    if (which.contains("postgres")) {
      postgres();
    }
  }

  private static void h2() throws Exception {
    Path dir = Files.createTempDirectory("coweave-speed");
    try (Coweave engine = new Coweave("Coweave, H2", DurableEngine.open(dir.resolve("runs")))) {
      double[][] unused = Contest.rounds(List.of(engine), LOADS, ROUNDS);
    }
  }

  private static void postgres() throws Exception {
    EmbeddedPostgres.Builder builder =
        EmbeddedPostgres.builder()
            .setServerConfig("fsync", "on")
            .setServerConfig("synchronous_commit", "on")
            .setServerConfig("max_connections", "100");
    double[][] best;
    try (EmbeddedPostgres postgres = builder.start()) {
      String url = postgres.getJdbcUrl("postgres", "postgres");
      try (HikariDataSource source = pool(url);
          HikariDataSource other = pool(url);
          Coweave ours =
              new Coweave(
                  "Coweave, PostgreSQL", DurableEngine.open(source, DurableOptions.defaults()));
          Dbos theirs = new Dbos(other)) {
        best = Contest.rounds(List.of(ours, theirs), LOADS, ROUNDS);
      }
    }
    for (int i = 0; i < LOADS.size(); i++) {
      System.out.printf(
          Locale.ROOT, "%s: %.1f times DBOS%n", LOADS.get(i), best[0][i] / best[1][i]);
    }
  }

  private static HikariDataSource pool(String url) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(20);
    return new HikariDataSource(config);
  }
}
