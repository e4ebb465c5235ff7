package dev.coweave.proof.fuzz;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Compiles sources in memory. */
final class Compiler {
  private final JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
  private final StandardJavaFileManager files =
      javac.getStandardFileManager(null, null, StandardCharsets.UTF_8);
  private final List<String> options;

  /** What the compiler said if it failed. */
  static final class CompilationFailed extends RuntimeException {
    CompilationFailed(String message) {
      super(message);
    }
  }

  Compiler(List<String> options) {
    this.options = options;
  }

  /**
   * Compiles top-level classes.
   *
   * @param sources by class name
   * @return class files by internal name
   */
  Map<String, byte[]> compile(Map<String, String> sources) {
    Map<String, ByteArrayOutputStream> outputs = new HashMap<>();
    JavaFileManager manager =
        new ForwardingJavaFileManager<>(files) {
          @Override
          public JavaFileObject getJavaFileForOutput(
              Location location, String name, JavaFileObject.Kind kind, FileObject sibling) {
            return new SimpleJavaFileObject(
                URI.create("mem:///" + name.replace('.', '/') + kind.extension), kind) {
              @Override
              public OutputStream openOutputStream() {
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                outputs.put(name.replace('.', '/'), out);
                return out;
              }
            };
          }
        };
    DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
    List<SimpleJavaFileObject> units =
        sources.entrySet().stream().map(e -> source(e.getKey(), e.getValue())).toList();
    boolean ok =
        javac
            .getTask(new java.io.StringWriter(), manager, diagnostics, options, null, units)
            .call();
    if (!ok) {
      StringBuilder message = new StringBuilder();
      for (Diagnostic<? extends JavaFileObject> d : diagnostics.getDiagnostics()) {
        if (d.getKind() == Diagnostic.Kind.ERROR) {
          message.append(d).append('\n');
        }
      }
      throw new CompilationFailed(message.toString());
    }
    Map<String, byte[]> result = new HashMap<>();
    outputs.forEach((name, out) -> result.put(name, out.toByteArray()));
    return result;
  }

  private static SimpleJavaFileObject source(String name, String text) {
    return new SimpleJavaFileObject(
        URI.create("mem:///" + name.replace('.', '/') + ".java"), JavaFileObject.Kind.SOURCE) {
      @Override
      public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return text;
      }
    };
  }
}
