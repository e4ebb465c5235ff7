/** The weaver: a Java agent, a command line, and the API that build tools use. */
module dev.coweave.agent {
  requires java.instrument;
  requires static java.compiler; // on javac's processor path
  requires static jdk.attach; // Coweave.install(), pstree
  requires static jdk.httpserver; // pstree --page
  requires static jdk.compiler; // on javac's processor path
  requires static jdk.jfr; // flame, and the event of weaving
  requires static java.management; // pstree
  requires static java.management.rmi; // pstree, which connects by it

  exports dev.coweave.agent;
  exports dev.coweave.weave;
}
