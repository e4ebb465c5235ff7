/** Races of threads against what the runtime guarantees across them: shutdown by a stress run, two threads at a time by jcstress. */
package dev.coweave.concurrency;
