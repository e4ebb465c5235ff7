import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Makes the hand-written twins synthetic, as the weaver's are: compilers and IDEs then show users what they may call, and woven code links to
 * them as before. Java has no word for it. The build runs it on a copy, which becomes the jar: the module's own tests call twins by hand.
 *
 * <p>A twin takes a continuation last, and stands beside a method of its name that takes none; {@code coweave$…} is what woven code uses besides. The
 * packages {@code coroutine} and {@code wait} are for Coweave's own modules as a whole, and stay as they are.
 */
public final class HideTwins {
  private static final String LAST = "Ldev/coweave/coroutine/Continuation;)";
  private static final String OURS = "coweave$";
  private static final int SYNTHETIC = 0x1000;
  private static final Path PACKAGES = Path.of("dev", "coweave");
  private static final Set<String> INTERNAL = Set.of("coroutine", "wait");

  /** A field or method: where its access flags are (JVMS 4.5, 4.6), and what it is called. */
  private record Member(int at, String name, String desc) {}

  private final byte[] bytes;
  private final DataInputStream in;
  private final Object[] constants;

  private HideTwins(byte[] bytes) throws IOException {
    this.bytes = bytes;
    this.in = new DataInputStream(new ByteArrayInputStream(bytes));
    in.skipNBytes(8);
    constants = new Object[in.readUnsignedShort()];
  }

  /** Copies a directory of classes to another, with the twins hidden; to itself, it hides them in place. */
  public static void main(String[] args) throws IOException {
    Path from = Path.of(args[0]);
    Path to = Path.of(args[1]);
    if (!to.equals(from) && Files.exists(to)) {
      for (Path old : files(to)) {
        Files.delete(old);
      }
    }
    for (Path file : files(from)) {
      byte[] bytes = Files.readAllBytes(file);
      if (isForUsers(from.relativize(file))) {
        new HideTwins(bytes).hide();
      }
      Path copy = to.resolve(from.relativize(file));
      Files.createDirectories(copy.getParent());
      Files.write(copy, bytes);
    }
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(Files::isRegularFile).toList();
    }
  }

  private static boolean isForUsers(Path file) {
    return file.startsWith(PACKAGES)
        && file.toString().endsWith(".class")
        && !INTERNAL.contains(PACKAGES.relativize(file).getName(0).toString());
  }

  private void hide() throws IOException {
    readConstants();
    in.skipNBytes(6);
    in.skipNBytes(2L * in.readUnsignedShort());
    readMembers().stream().filter(f -> f.name.startsWith(OURS)).forEach(this::hide);
    List<Member> methods = readMembers();
    Set<String> plain = new HashSet<>();
    methods.stream().filter(m -> !m.desc.contains(LAST)).forEach(m -> plain.add(m.name));
    methods.stream()
        .filter(
            m -> m.desc.contains(LAST) && plain.contains(m.name) || m.name.startsWith(OURS))
        .forEach(this::hide);
  }

  private void hide(Member m) {
    int access = (bytes[m.at] & 0xff) << 8 | (bytes[m.at + 1] & 0xff) | SYNTHETIC;
    bytes[m.at] = (byte) (access >> 8);
    bytes[m.at + 1] = (byte) access;
  }

  /** The constant pool, of which only the texts are needed (JVMS 4.4). */
  private void readConstants() throws IOException {
    for (int i = 1; i < constants.length; i++) {
      int tag = in.readUnsignedByte();
      switch (tag) {
        case 1 -> constants[i] = in.readUTF();
        case 5, 6 -> {
          in.skipNBytes(8);
          i++; // JVMS 4.4.5: they take two places
        }
        case 15 -> in.skipNBytes(3);
        case 7, 8, 16, 19, 20 -> in.skipNBytes(2);
        default -> in.skipNBytes(4);
      }
    }
  }

  private List<Member> readMembers() throws IOException {
    List<Member> result = new ArrayList<>();
    for (int count = in.readUnsignedShort(); count > 0; count--) {
      int at = bytes.length - in.available();
      in.skipNBytes(2);
      String name = (String) constants[in.readUnsignedShort()];
      String desc = (String) constants[in.readUnsignedShort()];
      result.add(new Member(at, name, desc));
      for (int attributes = in.readUnsignedShort(); attributes > 0; attributes--) {
        in.skipNBytes(2);
        in.skipNBytes(in.readInt() & 0xffffffffL);
      }
    }
    return result;
  }
}
