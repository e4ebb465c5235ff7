/** Commands of a robot, of which one may interrupt another. */
package dev.coweave.samples.robot;
