/** Somebody else's asynchronous API, the JDK's HTTP client, awaited. */
package dev.coweave.samples.crawl;
