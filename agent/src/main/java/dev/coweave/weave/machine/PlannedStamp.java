package dev.coweave.weave.machine;

import org.jspecify.annotations.Nullable;

/**
 * What marks a class as woven.
 *
 * @param answers whether its objects may be entered by twins, so that they have to answer for their class
 * @param marked whether it needs the field that nobody inherits, beside the answer that a proxy's class overrides too
 * @param serialVersionUid the default serialVersionUID that it had, to be declared; null if it declares one or can't be serialized
 */
public record PlannedStamp(boolean answers, boolean marked, @Nullable Long serialVersionUid) {
  String text() {
    return "stamp"
        + (answers ? ": answers for its own class" : "")
        + (marked ? ", and is marked" : "")
        + (serialVersionUid == null ? "" : "; serialVersionUID " + serialVersionUid)
        + "\n";
  }
}
