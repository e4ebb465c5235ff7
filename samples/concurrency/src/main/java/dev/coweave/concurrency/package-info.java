/** Races of threads against what the runtime guarantees across them: shutdown by a stress run, the rest by jcstress. */
package dev.coweave.concurrency;
