/** The weaver: a Java agent, a command line, and the API that build tools use. */
module dev.coweave.agent {
  requires java.instrument;
  requires static jdk.attach; // Coweave.install()

  exports dev.coweave.agent;
  exports dev.coweave.weave;
}
