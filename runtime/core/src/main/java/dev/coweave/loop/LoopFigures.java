package dev.coweave.loop;

import java.time.Duration;

/**
 * The work of an {@link EventLoop} at a moment. Taken while the loop runs, without stopping it: each figure is right for a moment, but
 * perhaps not all for the same.
 *
 * @param tasks how many tasks have not ended
 * @param ready how many of them are ready to run
 * @param waiting how many of them wait
 * @param incoming how much other threads have handed in that the loop hasn't taken yet
 * @param timers how many timers are set: sleeps, timeouts, delayed jobs
 * @param channels how many tasks wait for sockets or other channels
 * @param workers how many worker threads are busy for its tasks
 * @param started how many tasks have been started since the loop was made
 * @param ended how many of them have ended
 * @param longestStep the longest time that one step kept the thread, by the loop's clock, as samples show it: ten a second while a step
 *     lasts, so that shorter ones may not be seen
 */
public record LoopFigures(
    int tasks,
    int ready,
    int waiting,
    int incoming,
    int timers,
    int channels,
    int workers,
    long started,
    long ended,
    Duration longestStep) {}
