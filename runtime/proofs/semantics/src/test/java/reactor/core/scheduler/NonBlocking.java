package reactor.core.scheduler;

/** Stands for Reactor's, which the runtime knows by its name. */
public interface NonBlocking {}
