/**
 * Sockets whose operations suspend the calling coroutine instead of blocking its thread: {@link dev.coweave.io.TcpServer}, {@link
 * dev.coweave.io.TcpConnection}, {@link dev.coweave.io.TlsConnection}, {@link dev.coweave.io.UdpSocket}, and the {@linkplain
 * dev.coweave.io.Readiness readiness} of any selectable channel; and {@link dev.coweave.io.Subprocess}. Bound each operation in time with
 * {@code Task.timeout}.
 */
@NullMarked
package dev.coweave.io;

import org.jspecify.annotations.NullMarked;
