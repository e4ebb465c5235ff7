/** Coroutines among other libraries: an async method that is called on one's event loop goes on there, and no plain call blocks it. */
@NullMarked
package dev.coweave.integrations;

import org.jspecify.annotations.NullMarked;
