package dev.coweave.weave.analysis;

/** The descriptors of twins: those of their methods with a continuation as the last parameter. */
public final class TwinDesc {
  private static final String LAST = RuntimeAbi.CONTINUATION_DESC + ")";

  private TwinDesc() {}

  /** The descriptor of a method's twin. */
  public static String of(String desc) {
    return desc.replace(")", LAST);
  }

  /** Whether a method with this descriptor may be a twin. */
  public static boolean isTwin(String desc) {
    return desc.contains(LAST);
  }

  /** The descriptor of the method that a twin stands beside. */
  public static String plain(String twinDesc) {
    return twinDesc.replace(LAST, ")");
  }
}
