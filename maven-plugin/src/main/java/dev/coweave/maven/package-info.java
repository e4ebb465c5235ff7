/**
 * The Maven plugin: {@link dev.coweave.maven.WeaveMojo} weaves a project's classes, {@link dev.coweave.maven.WeaveTestsMojo} its
 * test classes. How a class is woven is decided in {@code dev.coweave.weave}.
 */
@NullMarked
package dev.coweave.maven;

import org.jspecify.annotations.NullMarked;
