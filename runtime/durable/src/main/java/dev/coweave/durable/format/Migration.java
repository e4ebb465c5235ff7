package dev.coweave.durable.format;

import dev.coweave.durable.frame.DurableMethod;
import dev.coweave.durable.frame.Point;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.TreeSet;

/**
 * Finds where an activation goes on, in code that has changed since it was stored. It goes on where all of this holds:
 *
 * <ul>
 *   <li>The point is there, under its name. Of the copies that a compiler made of one call it is the one with the same way out.
 *   <li>No other point that both versions have was before it and is behind it now, or the other way round.
 *   <li>The loops around it are the same, and hold the same points; so are the handlers around it and those that it lies in. Handlers may be
 *       added that hold no point.
 * </ul>
 *
 * <p>That the locals fit is seen when they are read: {@link Slots}.
 */
final class Migration {
  private final DurableMethod old;
  private final DurableMethod now;
  private final Point from;
  private final Point to;

  private Migration(DurableMethod old, DurableMethod now, String key) {
    this.old = old;
    this.now = now;
    Point stood = old.find(key);
    if (stood == null) {
      throw new FormatException(Fault.BAD_TEXT, old + " never had a point " + key);
    }
    this.from = stood;
    this.to = counterpart();
  }

  /**
   * The point where an activation goes on.
   *
   * @param old its method as it was
   * @param now its method as it is
   * @param key the point where it was stored
   * @throws FormatException if it can't
   */
  static Point point(DurableMethod old, DurableMethod now, String key) {
    Migration m = new Migration(old, now, key);
    m.checkOrder();
    m.checkLoops();
    m.checkHandlers();
    return m.to;
  }

  private FormatException moved(String what) {
    return new FormatException(
        Fault.POINT_MOVED, now + " has changed around " + from.key() + ": " + what);
  }

  // ---- the point

  private Point counterpart() {
    List<Point> mine = old.copies(from.call());
    List<Point> theirs = now.copies(from.call());
    if (theirs.isEmpty()) {
      throw new FormatException(Fault.POINT_GONE, now + " has no longer the point " + from.call());
    }
    if (from.repeated() || theirs.get(0).repeated()) {
      throw new FormatException(
          Fault.POINT_GONE,
          now
              + " has changed, and "
              + from.call()
              + " is the name of several of its points, before or now");
    }
    if (mine.size() == 1 && theirs.size() == 1) {
      return theirs.get(0);
    }
    List<Point> before = sameWay(mine, old);
    List<Point> after = sameWay(theirs, now);
    if (before.size() != after.size()) {
      throw moved("the ways out of the try block in whose finally it lies are others");
    }
    return after.get(before.indexOf(from));
  }

  /** The copies that lead where the run's leads: that of a return, of an exception, of going on. */
  private List<Point> sameWay(List<Point> copies, DurableMethod method) {
    TreeSet<String> way = way(from, old);
    return copies.stream()
        .filter(p -> p.around().within().equals(from.around().within()))
        .filter(p -> way(p, method).equals(way))
        .toList();
  }

  /** What comes after a point, of what both versions have. */
  private TreeSet<String> way(Point point, DurableMethod method) {
    TreeSet<String> way = new TreeSet<>();
    BitSet seen = new BitSet();
    List<String> open = new ArrayList<>(point.around().next());
    while (!open.isEmpty()) {
      String next = open.remove(open.size() - 1);
      if (!Character.isDigit(next.charAt(0))) {
        way.add(next);
        continue;
      }
      Point p = method.at(Integer.parseInt(next));
      if (!seen.get(p.state())) {
        seen.set(p.state());
        if (isShared(p)) {
          way.add(p.call());
        }
        open.addAll(p.around().next());
      }
    }
    return way;
  }

  private boolean isShared(Point p) {
    return !old.copies(p.call()).isEmpty() && !now.copies(p.call()).isEmpty();
  }

  // ---- what lies around it

  private void checkOrder() {
    for (String call : sharedCalls()) {
      boolean repeated = old.copies(call).get(0).repeated() || now.copies(call).get(0).repeated();
      if (repeated ? hasMoved(call) : hasCrossed(call)) {
        throw moved(call + " has moved across it");
      }
    }
  }

  private boolean hasCrossed(String call) {
    int side = side(old, from, call);
    int sideNow = side(now, to, call);
    return side != 0 && sideNow != 0
        ? side != sideNow
        : isAhead(from, old, call) != isAhead(to, now, call);
  }

  /** Whether one of several waits of a name seems to have gone from one side to the other. */
  private boolean hasMoved(String call) {
    long before = before(old, from, call);
    long beforeNow = before(now, to, call);
    long behind = old.copies(call).size() - before;
    long behindNow = now.copies(call).size() - beforeNow;
    return Long.signum(beforeNow - before) * Long.signum(behindNow - behind) < 0;
  }

  private static long before(DurableMethod method, Point point, String call) {
    return method.copies(call).stream().filter(p -> p.state() < point.state()).count();
  }

  /** Whether the source has a call before a point, -1, or behind it, 1; 0 for one that it has on both sides, as the copies of a finally are. */
  private static int side(DurableMethod method, Point point, String call) {
    long before = before(method, point, call);
    return before == 0 ? 1 : before == method.copies(call).size() ? -1 : 0;
  }

  /** Whether a call still comes after a point if nothing is thrown, without going back. */
  private static boolean isAhead(Point from, DurableMethod method, String call) {
    BitSet seen = new BitSet();
    List<Point> open = new ArrayList<>(List.of(from));
    while (!open.isEmpty()) {
      Point p = open.remove(open.size() - 1);
      for (String next : p.around().next()) {
        Point n = Character.isDigit(next.charAt(0)) ? method.at(Integer.parseInt(next)) : p;
        if (n.state() > p.state() && !seen.get(n.state())) {
          if (n.call().equals(call)) {
            return true;
          }
          seen.set(n.state());
          open.add(n);
        }
      }
    }
    return false;
  }

  private List<String> sharedCalls() {
    return old.points().stream()
        .filter(p -> isShared(p) && !p.call().equals(from.call()) && !p.kind().equals("start"))
        .map(Point::call)
        .distinct()
        .toList();
  }

  private void checkLoops() {
    List<String> was = deciders(from);
    List<String> is = deciders(to);
    if (!was.equals(is)) {
      throw moved("the loops around it were " + was + ", and are " + is);
    }
    for (String call : sharedCalls()) {
      if (common(old, from, call) != common(now, to, call)) {
        throw moved(call + " was in other loops");
      }
    }
  }

  private static List<String> deciders(Point p) {
    return p.around().loops().stream().map(l -> l.substring(l.indexOf(':') + 1)).toList();
  }

  /** How many loops hold both the point and a call. */
  private static int common(DurableMethod method, Point point, String call) {
    int most = 0;
    for (Point p : method.copies(call)) {
      int n = 0;
      List<String> mine = point.around().loops();
      List<String> theirs = p.around().loops();
      while (n < mine.size() && n < theirs.size() && mine.get(n).equals(theirs.get(n))) {
        n++;
      }
      most = Math.max(most, n);
    }
    return most;
  }

  private void checkHandlers() {
    if (!from.around().within().equals(to.around().within())) {
      throw moved("it lay in other catch or finally blocks");
    }
    int found = 0;
    List<String> was = from.around().handlers();
    for (String handler : to.around().handlers()) {
      if (found < was.size() && type(was.get(found)).equals(type(handler))) {
        found++;
      } else if (handler.endsWith("!")) {
        throw moved("a new try block is around it whose handler waits");
      }
    }
    if (found < was.size()) {
      throw moved("the handler of " + type(was.get(found)) + " is no longer around it");
    }
  }

  private static String type(String handler) {
    return handler.endsWith("!") ? handler.substring(0, handler.length() - 1) : handler;
  }
}
