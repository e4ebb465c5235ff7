/** A server and ten thousand clients, on one thread each. */
package dev.coweave.samples.echo;
