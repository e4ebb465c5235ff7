/** Runs as text: by name, readable by people and by SQL. docs/durable.md shows it. Knows no database and no engine. */
@NullMarked
package dev.coweave.durable.format;

import org.jspecify.annotations.NullMarked;
