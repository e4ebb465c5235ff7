package dev.coweave.coroutine;

import org.jspecify.annotations.Nullable;

/** The lines of a frame class's {@code trace()}, read once: a dump asks a million frames of a few classes. Immutable. */
final class TraceLines {
  // Kept with the class, so that it goes with it. The frames of the runtime's own operations may
  // have several traces in one class: the last one stays.

  private static final ClassValue<TraceLines[]> LAST =
      new ClassValue<>() {
        @Override
        protected TraceLines[] computeValue(Class<?> frame) {
          return new TraceLines[1];
        }
      };

  private final String trace;
  private final StackTraceElement[] byState;
  private final StackTraceElement withoutLine;

  private TraceLines(String trace) {
    String[] parts = trace.split("\\|", -1);
    String[] lines = parts[3].split(",", -1);
    this.trace = trace;
    this.withoutLine = element(parts, "");
    this.byState = new StackTraceElement[lines.length];
    for (int i = 0; i < lines.length; i++) {
      byState[i] = element(parts, lines[i]);
    }
  }

  private static StackTraceElement element(String[] parts, String line) {
    @Nullable String file = parts[2].isEmpty() ? null : parts[2];
    int number = line.isEmpty() ? -1 : Integer.parseInt(line);
    return new StackTraceElement(parts[0], parts[1], file, number);
  }

  /**
   * The lines of a frame.
   *
   * @param frame its class
   * @param trace its {@code trace()}
   */
  static TraceLines of(Class<?> frame, String trace) {
    TraceLines[] last = LAST.get(frame);
    TraceLines lines = last[0]; // a race reads it twice
    if (lines == null || !lines.trace.equals(trace)) {
      lines = new TraceLines(trace);
      last[0] = lines;
    }
    return lines;
  }

  StackTraceElement at(int state) {
    return state >= 0 && state < byState.length ? byState[state] : withoutLine;
  }
}
