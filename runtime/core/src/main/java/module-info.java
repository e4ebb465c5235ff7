/** The runtime of Coweave: what coroutines are written with, and what woven code links to. */
module dev.coweave {
  requires static java.desktop; // its event dispatch thread is a home, where there is one
  requires static java.management; // its server has the tree of tasks, where there is one
  requires static jdk.jfr; // its recordings have events of tasks, where there is one
  requires static org.jspecify; // users of this module need it neither to compile nor to run

  exports dev.coweave;
  exports dev.coweave.coroutine;
  exports dev.coweave.flow;
  exports dev.coweave.generator;
  exports dev.coweave.loop;
  exports dev.coweave.sync;
  exports dev.coweave.task;
  exports dev.coweave.wait to
      dev.coweave.durable,
      dev.coweave.io,
      dev.coweave.junit;

  uses dev.coweave.coroutine.Entry.Provider;
  uses dev.coweave.loop.Homes;
  uses dev.coweave.task.ThreadContext;

  provides dev.coweave.coroutine.Entry.Provider with
      dev.coweave.loop.LoopEntries;
}
