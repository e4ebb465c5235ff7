package dev.coweave.benchmarks.programs;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A line of the table: one measure of one piece of work, done in several ways.
 *
 * @param work what is measured, with its unit
 * @param ways the figure of each way by its name, ours first
 * @param goals what our figure divided by another way's is to be, by the other's name, as text
 */
record Measured(String work, Map<String, Double> ways, Map<String, String> goals) {
  static final String OURS = "coweave";

  Measured(String work) {
    this(work, new LinkedHashMap<>(), Map.of());
  }

  Measured(String work, Map<String, String> goals) {
    this(work, new LinkedHashMap<>(), goals);
  }

  void put(String way, double figure) {
    ways.put(way, figure);
  }
}
