/**
 * The two shells around the weaver that the agent jar brings: {@link dev.coweave.agent.Agent} weaves classes as they are
 * loaded, {@link dev.coweave.agent.Main} weaves directories and jars from the command line. How a class is woven is decided
 * in {@link dev.coweave.weave}.
 */
@NullMarked
package dev.coweave.agent;

import org.jspecify.annotations.NullMarked;
