package dev.coweave.javac;

import dev.coweave.weave.ClassFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.annotation.processing.Filer;
import javax.annotation.processing.ProcessingEnvironment;
import javax.lang.model.element.ModuleElement;
import javax.lang.model.element.PackageElement;
import javax.lang.model.util.Elements;
import javax.tools.JavaFileManager.Location;
import javax.tools.StandardLocation;
import org.jspecify.annotations.Nullable;

/** The class files that a compilation sees, as its file manager finds them: what it wrote, the class path, the module path. Thread-safe. */
final class JavacFiles implements ClassFiles {
  private final Filer filer;
  private final Elements elements;
  private final boolean weaves;

  /** Found when it is first asked for. */
  private @Nullable Path directory;

  /**
   * The files of a compilation.
   *
   * @param weaves whether its output is woven now; else somebody will, and of the class path too
   */
  JavacFiles(ProcessingEnvironment environment, boolean weaves) {
    this.filer = environment.getFiler();
    this.elements = environment.getElementUtils();
    this.weaves = weaves;
  }

  /** The file manager knows no threads, hence the lock. */
  @Override
  public synchronized byte @Nullable [] find(String internalName) {
    int slash = internalName.lastIndexOf('/');
    String inPackage = slash < 0 ? "" : internalName.substring(0, slash).replace('/', '.');
    String file = internalName.substring(slash + 1) + ".class";
    byte[] found = readOutput(internalName);
    if (found == null) {
      found = read(StandardLocation.CLASS_PATH, inPackage, file);
    }
    for (String module : found == null ? modulesOf(inPackage) : List.<String>of()) {
      if (found == null) {
        found = read(StandardLocation.MODULE_PATH, module + "/" + inPackage, file);
      }
    }
    return found;
  }

  /** Not by the file manager, which is slow to say that there is none. */
  private byte @Nullable [] readOutput(String internalName) {
    Path file = outputFile(internalName.replace('/', '.'));
    try {
      return Files.isRegularFile(file) ? Files.readAllBytes(file) : null;
    } catch (IOException e) {
      return null;
    }
  }

  private List<String> modulesOf(String packageName) {
    List<String> names = new ArrayList<>();
    for (PackageElement p : elements.getAllPackageElements(packageName)) {
      ModuleElement module = elements.getModuleOf(p);
      if (module != null && !module.isUnnamed()) {
        names.add(module.getQualifiedName().toString());
      }
    }
    return names;
  }

  private byte @Nullable [] read(Location location, String inPackage, String file) {
    try (InputStream in = filer.getResource(location, inPackage, file).openInputStream()) {
      return in.readAllBytes();
    } catch (IOException | IllegalArgumentException | NullPointerException e) {
      // There is none, or no such location; of a module that isn't on the module path but in the
      // JDK, javac's file manager has no location to look in.
      return null;
    }
  }

  @Override
  public boolean isWovenAlong(String internalName) {
    return !weaves
        || Files.exists(outputFile(internalName.replace('/', '.')))
        || find(internalName) == null;
  }

  @Override
  public boolean isWhole() {
    return weaves;
  }

  /** Whether all these classes have their files. */
  boolean areWritten(Set<String> binaryNames) {
    return binaryNames.stream().allMatch(n -> Files.exists(outputFile(n)));
  }

  /** A class file that javac wrote. */
  byte[] written(String binaryName) throws IOException {
    return Files.readAllBytes(outputFile(binaryName));
  }

  /** Replaces a class file that javac wrote. */
  void write(String binaryName, byte[] classFile) throws IOException {
    Files.write(outputFile(binaryName), classFile);
  }

  /** The directory that javac writes to. */
  Path outputDirectory() throws IOException {
    return directory();
  }

  private Path outputFile(String binaryName) {
    try {
      return directory().resolve(binaryName.replace('.', '/') + ".class");
    } catch (IOException e) {
      return Path.of(binaryName + ".class has no place");
    }
  }

  private synchronized Path directory() throws IOException {
    Path found = directory;
    if (found != null) {
      return found;
    }
    try {
      Path file = Path.of(filer.getResource(StandardLocation.CLASS_OUTPUT, "", "x").toUri());
      found = file.resolveSibling("").toAbsolutePath();
      directory = found;
      return found;
    } catch (RuntimeException e) {
      // A file manager whose files are in memory, or a module source path, which has many
      // directories.
      throw new NoSuchFileException("the output directory: " + e);
    }
  }
}
