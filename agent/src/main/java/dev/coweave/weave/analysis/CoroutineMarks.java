package dev.coweave.weave.analysis;

import java.util.List;

/** The annotations that make a method a coroutine. */
public final class CoroutineMarks {
  /** Of a test, which is one by nature; of an artifact that the runtime doesn't need. */
  private static final String TEST = "Ldev/coweave/junit/CoroutineTest;";

  /** Their descriptors. */
  public static final List<String> ALL = List.of(RuntimeAbi.COROUTINE_DESC, TEST);

  private CoroutineMarks() {}
}
