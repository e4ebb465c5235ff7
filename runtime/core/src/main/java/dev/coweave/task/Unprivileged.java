package dev.coweave.task;

import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.function.Supplier;

/**
 * Makes threads that inherit no access control context. On JDKs before 24 a new thread keeps that of its maker: the protection domains, and so
 * the class loaders, of all classes on the maker's stack.
 */
final class Unprivileged {
  private Unprivileged() {}

  @SuppressWarnings("removal") // The JDKs that do without it keep nothing.
  static Thread make(Supplier<Thread> made) {
    return AccessController.doPrivileged((PrivilegedAction<Thread>) made::get);
  }
}
