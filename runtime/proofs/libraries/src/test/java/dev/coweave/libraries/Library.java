package dev.coweave.libraries;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A library whose tests are published as a jar of their own. */
record Library(String artifact, Path jar, Path tests, String classPath) {
  private static final String CLASS_PATH_GOAL =
      "org.apache.maven.plugins:maven-dependency-plugin:3.9.0:build-classpath";

  /** JUnit is ours, for the launcher and its engines must be of one version. */
  private static final String JUNIT = "junit-(jupiter|platform|vintage|[0-9]).*";

  private static final String POM =
      """
      <project>
        <modelVersion>4.0.0</modelVersion>
        <groupId>dev.coweave</groupId>
        <artifactId>a-library</artifactId>
        <version>1</version>
        <dependencies>
          <dependency>
            <groupId>%1$s</groupId><artifactId>%2$s</artifactId><version>%3$s</version>
          </dependency>
          <dependency>
            <groupId>%1$s</groupId><artifactId>%2$s</artifactId><version>%3$s</version><classifier>%4$s</classifier>
          </dependency>
        </dependencies>
      </project>
      """;

  /** The library of that name among this module's dependencies. */
  static Library ofThisModule(String artifact) {
    return in(System.getProperty("java.class.path"), artifact, "tests");
  }

  /**
   * Any library of Maven's repositories, as {@code group:artifact:version}, or with {@code :classifier} if that of its tests isn't {@code tests}.
   * What its tests need stands in its own pom, which need not be built for that.
   */
  static Library ofMaven(String coordinates, Path directory) throws Exception {
    String[] part = coordinates.split(":");
    String classifier = part.length > 3 ? part[3] : "tests";
    Path pom =
        Files.writeString(
            directory.resolve("pom.xml"), POM.formatted(part[0], part[1], part[2], classifier));
    String classPath = classPath(pom, directory);
    String jar = in(classPath, part[1], classifier).jar().toString();
    Path own = Path.of(jar.substring(0, jar.length() - ".jar".length()) + ".pom");
    String all =
        Stream.of(classPath, classPath(own, directory))
            .flatMap(Library::entries)
            .filter(p -> !p.getFileName().toString().matches(JUNIT))
            .map(Path::toString)
            .distinct()
            .collect(Collectors.joining(File.pathSeparator));
    return in(
        all + File.pathSeparator + System.getProperty("java.class.path"), part[1], classifier);
  }

  private static Library in(String classPath, String artifact, String classifier) {
    String name = artifact + "-[0-9].*";
    return new Library(
        artifact,
        find(classPath, name + "(?<!-" + classifier + ")\\.jar"),
        find(classPath, name + "-" + classifier + "\\.jar"),
        classPath);
  }

  private static Path find(String classPath, String name) {
    return entries(classPath)
        .filter(p -> p.getFileName().toString().matches(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + name + " in " + classPath));
  }

  private static Stream<Path> entries(String classPath) {
    return Stream.of(classPath.split(File.pathSeparator)).map(Path::of);
  }

  private static String classPath(Path pom, Path directory) throws Exception {
    Path result = directory.resolve("classpath.txt");
    Path log = directory.resolve("maven.txt");
    Process maven =
        new ProcessBuilder(
                System.getProperty("coweave.maven"),
                "-q",
                "-B",
                "-f",
                pom.toString(),
                CLASS_PATH_GOAL,
                "-DincludeScope=test",
                "-Dmdep.outputFile=" + result)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertEquals(0, maven.waitFor(), () -> OwnTests.end(log));
    return Files.readString(result).strip();
  }

  /** What to weave: the package that all classes of the library are in, and those below. */
  String pattern() throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      List<String> packages =
          file.stream()
              .map(e -> e.getName())
              .filter(n -> n.endsWith(".class") && n.contains("/") && !n.startsWith("META-INF/"))
              .map(n -> n.substring(0, n.lastIndexOf('/') + 1))
              .distinct()
              .toList();
      String common = packages.stream().reduce(Library::commonPart).orElseThrow();
      return common.replace('/', '.') + "**";
    }
  }

  private static String commonPart(String a, String b) {
    int n = 0;
    while (n < Math.min(a.length(), b.length()) && a.charAt(n) == b.charAt(n)) {
      n++;
    }
    return a.substring(0, a.lastIndexOf('/', n - 1) + 1);
  }
}
