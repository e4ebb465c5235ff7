package dev.coweave.proof.loss;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A key and its certificate for localhost, made by the JDK's keytool: one for all runtimes. */
public final class Keys {
  private static final String PASSWORD = "password";

  /** For both sides: proves who it is with the key, and trusts who has it. */
  public static final SSLContext CONTEXT;

  static {
    try {
      CONTEXT = context(make());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private Keys() {}

  private static KeyStore make() throws Exception {
    Path directory = Files.createTempDirectory("coweave-keys");
    Path file = directory.resolve("keys.p12");
    Path log = directory.resolve("log");
    String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    String what = "-genkeypair -keyalg EC -alias localhost -dname CN=localhost -startdate -1H";
    String where = "-ext san=dns:localhost,ip:127.0.0.1 -storetype PKCS12 -storepass " + PASSWORD;
    String[] command =
        (keytool + " -J-XX:TieredStopAtLevel=1 " + what + " " + where + " -keystore " + file)
            .split(" ");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    if (process.waitFor() != 0) {
      throw new IllegalStateException(Files.readString(log));
    }
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, PASSWORD.toCharArray());
    }
    for (Path p : new Path[] {log, file, directory}) {
      Files.delete(p);
    }
    return store;
  }

  private static SSLContext context(KeyStore store) throws Exception {
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, PASSWORD.toCharArray());
    KeyStore certificates = KeyStore.getInstance("PKCS12");
    certificates.load(null, null);
    certificates.setCertificateEntry("localhost", store.getCertificate("localhost"));
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(certificates);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }
}
