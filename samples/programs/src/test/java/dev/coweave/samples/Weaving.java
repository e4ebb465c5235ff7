package dev.coweave.samples;

import dev.coweave.Coroutine;
import dev.coweave.io.TcpServer;
import dev.coweave.samples.kinds.Installing;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/** The ways in which the programs are run; each gives the options of the JVM. */
public enum Weaving {
  /** The classes of the build, which the Maven plugin has woven. */
  BY_PLUGIN {
    @Override
    public List<String> options() {
      return List.of("-cp", classPath(Jvm.home(Samples.class), Jvm.home(Weaving.class)));
    }
  },
  /** The same sources, compiled here and not woven before they are loaded. */
  BY_AGENT {
    @Override
    public List<String> options() {
      return List.of("-javaagent:" + agent(), "-cp", classPath(Unwoven.CLASSES));
    }
  },
  /** A copy of those, woven by the agent jar's command line. */
  BY_COMMAND_LINE {
    @Override
    public List<String> options() {
      return List.of("-cp", classPath(WovenByCommand.CLASSES));
    }
  },
  /** Not woven before {@code Coweave.install()}; the main class of the JVM installs, and runs the one that follows. */
  BY_INSTALLING {
    @Override
    public List<String> options() {
      String path = classPath(Unwoven.CLASSES, agent());
      return List.of("-XX:+EnableDynamicAgentLoading", "-cp", path, Installing.class.getName());
    }
  },
  /** Compiled here, and not woven at all. */
  NOT {
    @Override
    public List<String> options() {
      return List.of("-cp", classPath(Unwoven.CLASSES));
    }
  };

  /** Options for the command line of {@code java}, up to the main class. */
  public abstract List<String> options();

  /** The agent's jar, which the build has made. */
  private static Path agent() {
    Path jar = Path.of(System.getProperty("coweave.agent", "")).toAbsolutePath().normalize();
    if (!Files.isRegularFile(jar)) {
      throw new AssertionError("no agent at " + jar + "; './mvnw package' makes it");
    }
    return jar;
  }

  private static String classPath(Path... homes) {
    List<String> path = new ArrayList<>();
    for (Path home : homes) {
      path.add(home.toString());
    }
    path.add(runtime());
    return String.join(File.pathSeparator, path);
  }

  /** The class path that the samples need. */
  private static String runtime() {
    return Jvm.home(Coroutine.class) + File.pathSeparator + Jvm.home(TcpServer.class);
  }

  private static final class WovenByCommand {
    static final Path CLASSES = weave();

    private WovenByCommand() {}

    private static Path weave() {
      try {
        Path classes = Path.of("target", "classes-woven-by-command").toAbsolutePath();
        copy(Unwoven.CLASSES, classes);
        Jvm.Result result =
            Jvm.run(
                List.of(
                    "-jar",
                    agent().toString(),
                    "weave",
                    "--classpath",
                    runtime(),
                    classes.toString()));
        if (result.status() != 0) {
          throw new AssertionError(result.out() + result.err());
        }
        return classes;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }

    private static void copy(Path from, Path to) throws IOException {
      List<Path> files;
      try (Stream<Path> all = Files.walk(from)) {
        files = all.filter(Files::isRegularFile).toList();
      }
      for (Path file : files) {
        Path target = to.resolve(from.relativize(file).toString());
        Files.createDirectories(target.getParent());
        Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private static final class Unwoven {
    static final Path CLASSES = compile();

    private Unwoven() {}

    private static Path compile() {
      try {
        Path classes =
            Files.createDirectories(Path.of("target", "unwoven-classes").toAbsolutePath());
        List<String> arguments =
            new ArrayList<>(List.of("-g", "-proc:none", "-nowarn", "--release", "17"));
        arguments.addAll(
            List.of("-d", classes.toString(), "-cp", System.getProperty("java.class.path")));
        sources().forEach(source -> arguments.add(source.toString()));
        int status =
            ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, arguments.toArray(String[]::new));
        if (status != 0) {
          throw new AssertionError("the samples don't compile");
        }
        return classes;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static List<Path> sources() throws IOException {
      List<Path> sources = new ArrayList<>();
      for (String root : List.of("src/main/java", "src/test/java")) {
        try (Stream<Path> files = Files.walk(Path.of(root))) {
          files.filter(f -> f.toString().endsWith(".java")).forEach(sources::add);
        }
      }
      return sources;
    }
  }
}
