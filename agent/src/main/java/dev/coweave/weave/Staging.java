package dev.coweave.weave;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Files that change, all or none. {@link #write} puts new contents beside their targets, which takes time and room and may fail;
 * {@link #commit} moves all of them into place, and moves what was there back if one can't be. Each target is the old file or the new
 * one at any time, for those who read it meanwhile; who has the old one open keeps it.
 *
 * <pre>
 *   write ──► staged ──► commit: keep the old file under a second name ──► move the new one into its place
 *                                                └─── it fails: move the old files back ◄───┘
 * </pre>
 *
 * A process that is killed leaves only files that the next run {@linkplain Leftovers finds}.
 */
final class Staging implements AutoCloseable {
  /** What a file is to contain. */
  @FunctionalInterface
  interface Content {
    /** Writes it. */
    void writeTo(OutputStream out) throws IOException;
  }

  /** A target, its new content or null if it is to go, and the old one if there was any. */
  private static final class Step {
    final Path target;
    final @Nullable Path staged;
    @Nullable Path old;

    Step(Path target, @Nullable Path staged) {
      this.target = target;
      this.staged = staged;
    }
  }

  private final List<Step> steps = new ArrayList<>();

  /**
   * Stages a file that is new, or replaces one and takes over its permissions.
   *
   * @throws UnusableFile if it can't be written
   */
  void write(Path target, Content content) throws UnusableFile {
    Path staged = Leftovers.name(target);
    steps.add(new Step(target, staged));
    try {
      // Not Files.createTempFile, which lets nobody else read the file.
      try (OutputStream out =
          new BufferedOutputStream(
              Files.newOutputStream(
                  staged, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE))) {
        content.writeTo(out);
      }
      copyPermissions(target, staged);
    } catch (UnusableFile e) {
      throw e;
    } catch (IOException e) {
      throw new UnusableFile(TreeProblems.unwritable(target, e), e);
    }
  }

  /** Stages that a file is to go. */
  void remove(Path target) {
    steps.add(new Step(target, null));
  }

  /**
   * Makes all changes, in the order in which they were staged.
   *
   * @throws UnusableFile if one can't be made; then none is, but for files that the exception's problem names
   */
  void commit() throws UnusableFile {
    int begun = 0;
    Path target = null;
    try {
      for (Step step : steps) {
        target = step.target;
        keepOld(step);
      }
      for (Step step : steps) {
        target = step.target;
        begun++;
        apply(step);
      }
    } catch (IOException e) {
      List<Path> changed = undo(steps.subList(0, begun), e);
      throw new UnusableFile(TreeProblems.notMoved(target, e, changed), changed.size(), e);
    }
  }

  private static void keepOld(Step step) throws IOException {
    if (!Files.exists(step.target, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (Files.isDirectory(step.target, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileSystemException(step.target.toString(), null, "a directory has that name");
    }
    step.old = Leftovers.name(step.target);
    try {
      Files.createLink(step.old, step.target);
    } catch (IOException | UnsupportedOperationException e) {
      // A file system without hard links.
      Files.copy(
          step.target, step.old, LinkOption.NOFOLLOW_LINKS, StandardCopyOption.COPY_ATTRIBUTES);
    }
  }

  private static void apply(Step step) throws IOException {
    if (step.staged == null) {
      Files.deleteIfExists(step.target);
    } else {
      move(step.staged, step.target);
    }
  }

  /** Returns the targets that could not be restored. */
  private static List<Path> undo(List<Step> begun, IOException cause) {
    List<Path> changed = new ArrayList<>();
    for (Step step : begun) {
      try {
        if (step.old == null) {
          Files.deleteIfExists(step.target);
        } else {
          // If the step had no effect, both are one file, and the move has none.
          move(step.old, step.target);
        }
      } catch (IOException e) {
        cause.addSuppressed(e);
        changed.add(step.target);
      }
    }
    return changed;
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      // Some network file systems; the window is as short as the system allows.
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static void copyPermissions(Path from, Path to) throws IOException {
    PosixFileAttributeView view = Files.getFileAttributeView(to, PosixFileAttributeView.class);
    if (view != null && Files.exists(from)) {
      view.setPermissions(Files.getPosixFilePermissions(from));
    }
  }

  /** Removes what was staged and not moved, and the old files. */
  @Override
  public void close() {
    for (Step step : steps) {
      Leftovers.delete(step.staged);
      Leftovers.delete(step.old);
    }
  }
}
