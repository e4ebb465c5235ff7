package dev.coweave.weave.machine;

import dev.coweave.weave.bytecode.VType;

/**
 * A field of a frame.
 *
 * @param name unique in the frame
 * @param type the verifier's type of what it holds, so that restoring needs no cast
 */
public record FrameField(String name, VType type) {
  /** The field's descriptor. */
  public String desc() {
    return type.toType().getDescriptor();
  }

  /** Whether it holds a reference, which must not outlive its use. */
  public boolean isReference() {
    return type.kind() == VType.Kind.REF;
  }
}
