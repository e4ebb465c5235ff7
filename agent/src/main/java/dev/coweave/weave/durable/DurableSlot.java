package dev.coweave.weave.durable;

import org.jspecify.annotations.Nullable;

/**
 * A local or operand that is stored at a durable point.
 *
 * @param name the source's name of a local; of what the compiler keeps, its role: {@code ~Iterator}, {@code operand~int}
 * @param field the index of the frame's field that holds it
 * @param desc its declared type
 * @param signature its generic type, or null
 * @param isOperand whether it lies on the operand stack
 */
record DurableSlot(
    String name, int field, String desc, @Nullable String signature, boolean isOperand) {}
