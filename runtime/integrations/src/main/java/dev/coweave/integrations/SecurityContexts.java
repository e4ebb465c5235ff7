package dev.coweave.integrations;

import dev.coweave.task.ThreadContext;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;

/**
 * Makes Spring Security's context follow tasks: who is logged in. Each task has a {@code SecurityContext} of its own, a new one after each wait, with
 * the same {@code Authentication}; so a child that logs in as somebody else doesn't change its parent. Found as a service.
 */
public final class SecurityContexts implements ThreadContext<Authentication> {
  /** For the service loader. */
  public SecurityContexts() {}

  @Override
  public boolean isUsed() {
    return Libraries.have("org.springframework.security.core.context.SecurityContextHolder");
  }

  @Override
  public @Nullable Authentication get() {
    return SecurityContextHolder.getContext().getAuthentication();
  }

  @Override
  public void set(@Nullable Authentication who) {
    if (who == null) {
      SecurityContextHolder.clearContext();
    } else {
      SecurityContext context = SecurityContextHolder.createEmptyContext();
      context.setAuthentication(who);
      SecurityContextHolder.setContext(context);
    }
  }
}
