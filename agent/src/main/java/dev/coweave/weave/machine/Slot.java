package dev.coweave.weave.machine;

import dev.coweave.weave.bytecode.VType;
import org.jspecify.annotations.Nullable;

/**
 * A local or an operand at a suspension point.
 *
 * @param index the local's slot, or the operand's place from the bottom of the stack
 * @param type its verification type
 * @param field where it is saved; null for one that is only ever null, or not yet initialised, and is restored as null
 */
public record Slot(int index, VType type, @Nullable FrameField field) {}
