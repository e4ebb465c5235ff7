/** Tests of coroutines in virtual time, in a simulated world, under schedules that a seed decides. */
module dev.coweave.junit {
  requires transitive dev.coweave;
  requires transitive dev.coweave.io;
  requires transitive org.junit.jupiter.api;
  requires transitive org.opentest4j;
  requires java.management;
  requires org.junit.platform.commons;
  requires static org.jspecify;

  exports dev.coweave.junit;
  exports dev.coweave.junit.network;
}
