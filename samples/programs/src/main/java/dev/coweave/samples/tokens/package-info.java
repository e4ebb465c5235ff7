/** Tokens that a server makes one after the other, as a language model does. */
package dev.coweave.samples.tokens;
