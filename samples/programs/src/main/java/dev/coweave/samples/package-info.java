/** Programs to read first, each in a package of its own with the text that it prints. */
package dev.coweave.samples;
