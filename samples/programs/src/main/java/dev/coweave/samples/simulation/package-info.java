/** Discrete-event simulation: processes that wait in simulated time, after the classic examples of SimPy. */
package dev.coweave.samples.simulation;
