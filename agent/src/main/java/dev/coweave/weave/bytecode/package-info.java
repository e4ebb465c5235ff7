/** Class files, as ASM reads them: infos, flow, liveness, verification types. Knows nothing of coroutines. */
@NullMarked
package dev.coweave.weave.bytecode;

import org.jspecify.annotations.NullMarked;
