package dev.coweave.durable.frame;

/**
 * A local or operand that is stored at a point.
 *
 * @param name the source's name of a local; of what the compiler keeps for itself, its role
 * @param field the frame's field that holds it
 * @param desc the descriptor of its declared type
 * @param signature its generic type, or empty
 * @param operand whether it lies on the operand stack
 */
public record Slot(String name, int field, String desc, String signature, boolean operand) {
  /** Its generic type if there is one. */
  public String type() {
    return signature.isEmpty() ? desc : signature;
  }
}
