/** What takes long or is very much: echo under faults for a quarter of an hour, a million tasks asleep. */
package dev.coweave.soak;
