package dev.coweave.durable;

/**
 * What has become of a run.
 *
 * <pre>
 *   start ──► ACTIVE ──┬─► DONE, FAILED, CANCELLED      its method has ended
 *              ▲  │    └─► TERMINATED                   an operator ended it
 *       resume │  ▼
 *             PARKED                                    it can't go on by itself: code and reason tell why
 * </pre>
 */
public enum RunStatus {
  ACTIVE,
  PARKED,
  DONE,
  FAILED,
  CANCELLED,
  TERMINATED
}
