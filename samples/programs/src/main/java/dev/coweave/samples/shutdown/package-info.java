/** Submitting work while its executor shuts down: nothing is lost, and nothing runs late. */
package dev.coweave.samples.shutdown;
