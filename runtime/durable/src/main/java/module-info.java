/** Coroutines that survive their JVM. */
module dev.coweave.durable {
  requires transitive dev.coweave;
  requires transitive java.sql;
  requires com.h2database;
  requires tools.jackson.core;
  requires static transitive org.jspecify;
  requires jdk.unsupported; // exceptions are made without running users' constructors
  requires static jdk.jfr; // its recordings have an event of checkpoints, where there is one

  exports dev.coweave.durable;
  exports dev.coweave.durable.frame;
}
