/**
 * Runs as rows: the tables, the statements, and what differs between H2 and PostgreSQL. Each public method is one transaction, or says that it
 * is a part of one. Knows texts of runs, not what they mean.
 */
@NullMarked
package dev.coweave.durable.sql;

import org.jspecify.annotations.NullMarked;
