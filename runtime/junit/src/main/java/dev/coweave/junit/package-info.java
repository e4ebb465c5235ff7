/** Tests of coroutines: {@link dev.coweave.junit.CoroutineTest}, and the world that such a test runs in. */
@NullMarked
package dev.coweave.junit;

import org.jspecify.annotations.NullMarked;
