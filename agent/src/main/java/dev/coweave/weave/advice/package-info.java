/**
 * What is probably wrong in a class that can be woven: each rule is a class here, and reads the bytecode as it was compiled, so that javac's plugin, the
 * build's weaver and the agent say the same. A rule that isn't sure is silent.
 */
@NullMarked
package dev.coweave.weave.advice;

import org.jspecify.annotations.NullMarked;
