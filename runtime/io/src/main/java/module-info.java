/** Sockets, TLS, datagrams and processes for coroutines. */
module dev.coweave.io {
  requires transitive dev.coweave;
  requires static org.jspecify;

  exports dev.coweave.io;
  exports dev.coweave.io.network to
      dev.coweave.junit;
}
