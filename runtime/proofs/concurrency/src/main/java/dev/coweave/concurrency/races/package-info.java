/** What two threads do to a waiting task at the same instant, for jcstress: one of them wins, and the other is told. */
package dev.coweave.concurrency.races;
