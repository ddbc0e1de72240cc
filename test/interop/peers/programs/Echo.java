// A TLS 1.3 server on JSSE that sends back what it gets. A line **REKEY** has it move its keys on.

import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

public class Echo {
  private static final char[] PASSWORD = "password".toCharArray();
  private static final byte[] REKEY = "**REKEY**\n".getBytes(StandardCharsets.US_ASCII);

  /** Arguments: a PKCS#12 file, and the roots of clients, if any. */
  public static void main(String[] args) throws Exception {
    KeyStore own = KeyStore.getInstance("PKCS12");
    try (InputStream file = Files.newInputStream(Path.of(args[0]))) {
      own.load(file, PASSWORD);
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(own, PASSWORD);
    TrustManager[] trust = null;
    if (args.length > 1) {
      KeyStore roots = KeyStore.getInstance("PKCS12");
      roots.load(null, null);
      try (InputStream file = Files.newInputStream(Path.of(args[1]))) {
        Certificate root = CertificateFactory.getInstance("X.509").generateCertificate(file);
        roots.setCertificateEntry("root", root);
      }
      TrustManagerFactory trusted = TrustManagerFactory.getInstance("PKIX");
      trusted.init(roots);
      trust = trusted.getTrustManagers();
    }
    SSLContext context = SSLContext.getInstance("TLSv1.3");
    context.init(keys.getKeyManagers(), trust, null);
    SSLServerSocket listener =
        (SSLServerSocket)
            context
                .getServerSocketFactory()
                .createServerSocket(0, 50, java.net.InetAddress.getByName("127.0.0.1"));
    SSLParameters parameters = listener.getSSLParameters();
    parameters.setProtocols(new String[] {"TLSv1.3"});
    parameters.setApplicationProtocols(new String[] {"tls13"});
    parameters.setNeedClientAuth(trust != null);
    listener.setSSLParameters(parameters);
    System.out.println("listening on " + listener.getLocalPort());
    var threads = Executors.newCachedThreadPool();
    while (true) {
      SSLSocket socket = (SSLSocket) listener.accept();
      threads.execute(() -> echo(socket));
    }
  }

  private static void echo(SSLSocket socket) {
    try (socket) {
      InputStream in = socket.getInputStream();
      OutputStream out = socket.getOutputStream();
      byte[] buffer = new byte[65536];
      for (int length; (length = in.read(buffer)) >= 0; ) {
        if (length == REKEY.length && java.util.Arrays.equals(buffer, 0, length, REKEY, 0, length)) {
          // After the handshake of TLS 1.3 this is a KeyUpdate.
          socket.startHandshake();
        } else {
          out.write(buffer, 0, length);
        }
      }
    } catch (java.io.IOException error) {
      System.err.println(error);
    }
  }
}
