package dev.coweave.junit.network;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Which addresses names have. No real name server is asked. */
final class Names {
  /** What is an address, and no name: of IPv4 as the JDK reads it, or something with a colon. */
  private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|\\[?[0-9a-fA-F:.%]*:[^\\]]*]?");

  private final Map<String, List<InetAddress>> known = new HashMap<>();

  Names() {
    known.put("localhost", List.of(InetAddress.getLoopbackAddress()));
  }

  boolean knows(String name) {
    return known.containsKey(key(name));
  }

  void put(String name, List<InetAddress> addresses) {
    known.put(key(name), addresses);
  }

  InetAddress[] look(String name) throws UnknownHostException {
    if (name.isEmpty()) {
      return new InetAddress[] {InetAddress.getLoopbackAddress()};
    }
    if (ADDRESS.matcher(name).matches()) {
      return InetAddress.getAllByName(name); // which reads it
    }
    List<InetAddress> found = known.getOrDefault(key(name), List.of());
    if (found.isEmpty()) {
      throw new UnknownHostException(name + ": Name or service not known");
    }
    return found.toArray(InetAddress[]::new);
  }

  private static String key(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
