/** Programs to read first. Each has a package of its own, and beside its main class the text that it prints. */
package dev.coweave.samples;
