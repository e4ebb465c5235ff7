/** The runtime of Coweave: what coroutines are written with, and what woven code links to. */
module dev.coweave {
  requires static transitive org.jspecify;

  exports dev.coweave;
  exports dev.coweave.coroutine;
  exports dev.coweave.generator;

  uses dev.coweave.coroutine.Entry.Provider;
}
