package dev.coweave.weave;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * What became of trees of classes.
 *
 * @param classes how many classes were woven now
 * @param methods how many coroutine methods and lambdas they have
 * @param alreadyWoven how many classes had been woven before
 * @param written how many class files were written or removed; if there were errors, how many files could not be restored: 0, as a
 *     rule
 * @param problems errors and warnings of all classes, by file and line
 */
public record TreeResult(
    int classes, int methods, int alreadyWoven, int written, List<Problem> problems) {
  private static final Comparator<Problem> BY_PLACE =
      Comparator.comparing((Problem p) -> p.file() == null ? p.method() : p.file())
          .thenComparingInt(Problem::line)
          .thenComparing(Problem::method)
          .thenComparing(Problem::code);

  /**
   * The outcome of weaving.
   *
   * @param unreadable what is wrong with files that the classes refer to; then it is told alone, for other problems may come of it
   */
  static TreeResult of(Collection<TreeWeaving> weavings, Collection<Problem> unreadable) {
    List<Problem> problems =
        (unreadable.isEmpty()
                ? weavings.stream().flatMap(w -> w.problems().stream()).distinct()
                : unreadable.stream())
            .sorted(BY_PLACE)
            .toList();
    boolean failed = problems.stream().anyMatch(p -> p.severity() == Problem.Severity.ERROR);
    return new TreeResult(
        weavings.stream().mapToInt(TreeWeaving::classes).sum(),
        weavings.stream().mapToInt(TreeWeaving::methods).sum(),
        weavings.stream().mapToInt(TreeWeaving::alreadyWoven).sum(),
        failed ? 0 : weavings.stream().mapToInt(w -> w.changes().size()).sum(),
        problems);
  }

  /** The outcome of a run that ended at a file. */
  static TreeResult failed(Problem problem, int written) {
    return new TreeResult(0, 0, 0, written, List.of(problem));
  }

  /** Whether there are errors; then nothing was written, but for files that a problem names. */
  public boolean failed() {
    return errors() > 0;
  }

  /** How many errors there are. */
  public long errors() {
    return problems.stream().filter(p -> p.severity() == Problem.Severity.ERROR).count();
  }

  /** The outcome in a line, such as {@code wove 3 coroutines in 2 classes; 5 classes were woven already}. */
  public String summary() {
    if (failed()) {
      return count(errors(), "error")
          + (written == 0
              ? ", nothing was woven"
              : ", " + count(written, "file") + " could not be restored");
    }
    String woven =
        classes == 0
            ? "nothing to weave"
            : "wove " + count(methods, "coroutine") + " in " + countClasses(classes);
    return alreadyWoven == 0
        ? woven
        : woven
            + "; "
            + countClasses(alreadyWoven)
            + (alreadyWoven == 1 ? " was" : " were")
            + " woven already";
  }

  private static String count(long n, String what) {
    return n + " " + what + (n == 1 ? "" : "s");
  }

  private static String countClasses(int n) {
    return n + (n == 1 ? " class" : " classes");
  }
}
