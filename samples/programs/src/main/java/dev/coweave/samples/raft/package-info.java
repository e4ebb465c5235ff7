/** A toy Raft over datagrams, which its tests put on a simulated network. */
package dev.coweave.samples.raft;
