package dev.coweave.neighbours;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An application and its library, each with a loader of its own or in jars within a jar, in OSGi (Felix, Equinox) and started by Spring
 * Boot's loader: woven by a build, and under the agent.
 */
class ContainersTest {
  @TempDir private Path dir;
  private Path lib;
  private Path app;

  @BeforeEach
  void compile() throws Exception {
    lib = Files.createDirectories(dir.resolve("lib"));
    app = Files.createDirectories(dir.resolve("app"));
    Jvm.compile(
        lib,
        "Lib",
        """
        package lib;
        public class Lib {
          @dev.coweave.Coroutine public int next(int x) { dev.coweave.task.Task.yield(); return x + 1; }
        }
        """);
    Jvm.compile(
        app,
        "Main",
        """
        package app;
        public class Main extends lib.Lib {
          @dev.coweave.Coroutine public static void main(String[] args) throws Exception {
            dev.coweave.CoroutineCallable<Integer> body = () -> new Main().next(1) + new lib.Lib().next(2);
            System.out.println("app says " + body.call());
          }
        }
        """,
        lib);
  }

  private void weave() throws Exception {
    for (Path classes : List.of(lib, app)) {
      Jvm.Result woven =
          Jvm.run(
              List.of(
                  "-jar",
                  Jvm.agent().toString(),
                  "weave",
                  "--classpath",
                  lib + File.pathSeparator + Jvm.home("dev.coweave.Coroutine"),
                  classes.toString()));
      assertEquals(0, woven.status(), woven.err());
    }
  }

  private static void assertSays(String expected, Jvm.Result result) {
    assertEquals(expected, result.out(), result.err());
    // JDK 25 warns of what the frameworks themselves do.
    assertEquals("", result.err().replaceAll("(?m)^WARNING: .*\\R?", ""));
    assertEquals(0, result.status());
  }

  // ---- OSGi

  @ParameterizedTest
  @CsvSource({
    "org.apache.felix.framework.FrameworkFactory, false",
    "org.apache.felix.framework.FrameworkFactory, true",
    "org.eclipse.osgi.launch.EquinoxFactory, false",
    "org.eclipse.osgi.launch.EquinoxFactory, true"
  })
  void bundles(String framework, boolean agent) throws Exception {
    if (!agent) {
      weave();
    }
    assertSays("app says 5\n", run(agent, bundles(framework, IMPORTS)));
  }

  /** As a tool writes them that looks at what the sources name. */
  @Test
  void bundlesWithoutAnImportOfWhatWovenClassesLinkTo_areToldWhatTheyLack() throws Exception {
    String framework = "org.apache.felix.framework.FrameworkFactory";
    Jvm.Result result = run(true, bundles(framework, "dev.coweave,dev.coweave.task"));
    assertEquals(
        """
        coweave: app.Main and whatever else its class loader loads is not woven, no coroutine will run:
        coweave-runtime: COWEAVE-305: the class loader finds dev.coweave, and not dev.coweave.coroutine
          in:      coweave-runtime
          because: woven classes link to that package, whatever their sources name
          fix:     in an OSGi bundle, import it: 'Import-Package: dev.coweave.coroutine'; a shrinker has to keep it
        """,
        result
            .err()
            .lines()
            .filter(l -> !l.startsWith("WARNING: "))
            .limit(5)
            .collect(Collectors.joining("\n", "", "\n")));
  }

  /** The arguments of a JVM that starts both as bundles of a framework. */
  private List<String> bundles(String framework, String imports) throws Exception {
    Path runtime = bundleOfTheRuntime();
    Path library =
        jar(
            "lib.jar",
            lib,
            "Bundle-SymbolicName",
            "lib",
            "Export-Package",
            "lib",
            "Import-Package",
            imports);
    Path application =
        jar("app.jar", app, "Bundle-SymbolicName", "app", "Import-Package", imports + ",lib");
    Path host = Files.createDirectories(dir.resolve("host"));
    Jvm.compile(
        host,
        "Host",
        """
        import java.util.*;
        import org.osgi.framework.*;
        import org.osgi.framework.launch.*;

        public class Host {
          public static void main(String[] args) throws Exception {
            Framework osgi = ServiceLoader.load(FrameworkFactory.class).findFirst().get()
                .newFramework(Map.of("org.osgi.framework.storage", args[0], "felix.log.level", "1"));
            osgi.start();
            try {
              Bundle last = null;
              List<Bundle> bundles = new ArrayList<>();
              for (int i = 1; i < args.length; i++) bundles.add(osgi.getBundleContext().installBundle("file:" + args[i]));
              for (Bundle b : bundles) (last = b).start();
              last.loadClass("app.Main").getMethod("main", String[].class).invoke(null, (Object) args);
            } finally {
              osgi.stop();
              osgi.waitForStop(0);
            }
          }
        }
        """);
    return List.of(
        "-cp",
        host + File.pathSeparator + Jvm.home(framework),
        "Host",
        dir.resolve("cache").toString(),
        runtime.toString(),
        library.toString(),
        application.toString());
  }

  private static final String IMPORTS = "dev.coweave,dev.coweave.task,dev.coweave.coroutine";

  /** As it is published: the headers are the build's. */
  private Path bundleOfTheRuntime() throws IOException {
    Path home = Jvm.home("dev.coweave.Coroutine");
    if (Files.isRegularFile(home)) {
      return home;
    }
    Path headers = home.resolve("META-INF/MANIFEST.MF");
    assumeTrue(Files.exists(headers), "compiled without Maven, so it is no bundle");
    try (InputStream in = Files.newInputStream(headers)) {
      return jar("runtime.jar", home, new Manifest(in));
    }
  }

  // ---- jars within a jar

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void nestedJars_startedBySpringBoot(boolean agent) throws Exception {
    if (!agent) {
      weave();
    }
    Path home = Jvm.home("dev.coweave.Coroutine");
    Path runtime = Files.isRegularFile(home) ? home : jar("runtime.jar", home);
    Path library = jar("lib.jar", lib);
    Path boot = dir.resolve("boot.jar");
    Manifest manifest =
        manifest(
            "Main-Class",
            "org.springframework.boot.loader.launch.JarLauncher",
            "Start-Class",
            "app.Main",
            "Spring-Boot-Classes",
            "BOOT-INF/classes/",
            "Spring-Boot-Lib",
            "BOOT-INF/lib/");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(boot), manifest)) {
      Path loader = Jvm.home("org.springframework.boot.loader.launch.JarLauncher");
      try (JarFile classes = new JarFile(loader.toFile())) {
        for (var e : classes.stream().filter(e -> e.getName().endsWith(".class")).toList()) {
          out.putNextEntry(new ZipEntry(e.getName()));
          classes.getInputStream(e).transferTo(out);
        }
      }
      for (String directory : List.of("BOOT-INF/", "BOOT-INF/classes/", "BOOT-INF/lib/")) {
        out.putNextEntry(new ZipEntry(directory));
      }
      pack(app, "BOOT-INF/classes/", out);
      for (Path nested : List.of(runtime, library)) {
        byte[] bytes = Files.readAllBytes(nested);
        CRC32 crc = new CRC32();
        crc.update(bytes);
        ZipEntry entry = new ZipEntry("BOOT-INF/lib/" + nested.getFileName());
        entry.setMethod(ZipEntry.STORED); // as Spring Boot wants it
        entry.setSize(bytes.length);
        entry.setCrc(crc.getValue());
        out.putNextEntry(entry);
        out.write(bytes);
      }
    }
    assertSays("app says 5\n", run(agent, List.of("-jar", boot.toString())));
  }

  // ---- jars

  private static Jvm.Result run(boolean agent, List<String> arguments) throws Exception {
    return Jvm.run(
        agent
            ? Stream.concat(Stream.of("-javaagent:" + Jvm.agent()), arguments.stream()).toList()
            : arguments);
  }

  private static Manifest manifest(String... headers) {
    Manifest manifest = new Manifest();
    Attributes attributes = manifest.getMainAttributes();
    attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    attributes.putValue("Bundle-ManifestVersion", "2");
    for (int i = 0; i < headers.length; i += 2) {
      attributes.putValue(headers[i], headers[i + 1]);
    }
    return manifest;
  }

  private Path jar(String name, Path classes, String... headers) throws IOException {
    return jar(name, classes, manifest(headers));
  }

  private Path jar(String name, Path classes, Manifest manifest) throws IOException {
    Path jar = dir.resolve(name);
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file, manifest)) {
      pack(classes, "", out);
    }
    return jar;
  }

  private static void pack(Path classes, String prefix, JarOutputStream to) throws IOException {
    try (Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = classes.relativize(file).toString().replace('\\', '/');
        if (!name.equals("META-INF/MANIFEST.MF")) {
          to.putNextEntry(new ZipEntry(prefix + name));
          Files.copy(file, to);
        }
      }
    }
  }
}
