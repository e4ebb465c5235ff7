package dev.coweave.integrations;

import dev.coweave.task.ThreadContext;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/** Makes SLF4J's MDC follow tasks: what a task puts there stands in each line that it logs, and in no other's. Found as a service. */
public final class MdcContext implements ThreadContext<Map<String, String>> {
  /** For the service loader. */
  public MdcContext() {}

  @Override
  public boolean isUsed() {
    return Libraries.have("org.slf4j.MDC");
  }

  @Override
  public @Nullable Map<String, String> get() {
    return MDC.getCopyOfContextMap();
  }

  @Override
  public void set(@Nullable Map<String, String> map) {
    if (map == null) {
      MDC.clear();
    } else {
      MDC.setContextMap(map);
    }
  }
}
