package dev.coweave.semantics;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** A key for tests, and its certificate for localhost: made by the JDK's keytool when it is first used. */
final class Keys {
  private static final String NAME = "localhost";
  private static final char[] PASSWORD = "password".toCharArray();
  private static final KeyStore STORE;

  static {
    try {
      STORE = make("-startdate", "-1H");
    } catch (IOException | GeneralSecurityException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private Keys() {}

  /** A key and its certificate. */
  static KeyStore make(String... validity)
      throws IOException, GeneralSecurityException, InterruptedException {
    Path directory = Files.createTempDirectory("coweave-keys");
    Path file = directory.resolve("keys.p12");
    String keytool = System.getProperty("java.home") + File.separator + "bin" + File.separator;
    List<String> command = new ArrayList<>();
    command.addAll(
        List.of(
            keytool + "keytool",
            "-J-XX:TieredStopAtLevel=1",
            "-genkeypair",
            "-keyalg",
            "EC",
            "-alias",
            NAME,
            "-dname",
            "CN=" + NAME,
            "-ext",
            "san=dns:localhost,ip:127.0.0.1",
            "-storetype",
            "PKCS12",
            "-keystore",
            file.toString(),
            "-storepass",
            new String(PASSWORD)));
    command.addAll(List.of(validity));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    if (!process.waitFor(5, TimeUnit.MINUTES) || process.exitValue() != 0) {
      throw new IOException(Files.readString(directory.resolve("log")));
    }
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, PASSWORD);
    }
    Files.delete(directory.resolve("log"));
    Files.delete(file);
    Files.delete(directory);
    return store;
  }

  /** The key. */
  static KeyStore own() {
    return STORE;
  }

  /** For one that proves who it is with the key, and trusts who has it. */
  static SSLContext context() throws Exception {
    return context(STORE, trustManagers());
  }

  /** For one that has no key. */
  static SSLContext context(TrustManager[] trust) throws Exception {
    return context(null, trust);
  }

  static SSLContext context(@Nullable KeyStore own, TrustManager[] trust) throws Exception {
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(own, PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust, null);
    return context;
  }

  /** Trusts the certificate. */
  static TrustManager[] trustManagers() throws Exception {
    return trustManagers(STORE);
  }

  /** Trusts the certificate of a store. */
  static TrustManager[] trustManagers(KeyStore store) throws Exception {
    KeyStore certificates = KeyStore.getInstance("PKCS12");
    certificates.load(null, null);
    certificates.setCertificateEntry(NAME, store.getCertificate(NAME));
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(certificates);
    return factory.getTrustManagers();
  }
}
