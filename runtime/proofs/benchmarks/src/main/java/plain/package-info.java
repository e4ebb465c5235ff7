/** Programs that know nothing of coroutines: their package isn't one of Coweave's, whose classes the agent looks at more closely. */
package plain;
