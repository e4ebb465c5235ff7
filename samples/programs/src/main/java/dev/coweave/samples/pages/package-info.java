/** A REST API that gives its items page by page, read as one sequence. */
package dev.coweave.samples.pages;
