/** Coroutines that survive their JVM. */
module dev.coweave.durable {
  requires transitive dev.coweave;
  requires transitive java.sql;
  requires com.h2database;
  requires tools.jackson.core;
  requires static transitive org.jspecify;
  requires jdk.jfr;

  exports dev.coweave.durable;
  exports dev.coweave.durable.frame;
}
