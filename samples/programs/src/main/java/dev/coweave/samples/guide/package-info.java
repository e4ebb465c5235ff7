/** The programs of the ten-minute guide. */
package dev.coweave.samples.guide;
