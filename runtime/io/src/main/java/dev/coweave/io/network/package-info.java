/** The network that sockets are made on. Not for users; the module exports it to those of Coweave's own that put another network in place. */
@NullMarked
package dev.coweave.io.network;

import org.jspecify.annotations.NullMarked;
