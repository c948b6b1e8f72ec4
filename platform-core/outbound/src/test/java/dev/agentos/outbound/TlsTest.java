package dev.agentos.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.HttpRequest;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** HTTPS with a certificate for {@code service.test} that the test trusts. */
@Timeout(60)
class TlsTest {

    private static final char[] PASSWORD = "changeit".toCharArray();

    @TempDir
    private static Path directory;

    private static SSLContext context;

    @BeforeAll
    static void makeCertificate() throws Exception {
        Path store = directory.resolve("service.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "a",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=service.test",
                        "-ext",
                        "san=dns:service.test",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        "changeit",
                        "-validity",
                        "2")
                .inheritIO()
                .start();
        assertThat(keytool.waitFor(30, TimeUnit.SECONDS)).isTrue();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD);
        }
        KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        own.init(keys, PASSWORD);
        TrustManagerFactory trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        KeyStore anchors = KeyStore.getInstance("PKCS12");
        anchors.load(null, PASSWORD);
        anchors.setCertificateEntry("a", keys.getCertificate("a"));
        trusted.init(anchors);
        context = SSLContext.getInstance("TLS");
        context.init(own.getKeyManagers(), trusted.getTrustManagers(), null);
    }

    private static StubServer secured(StubServer.Answer answer) throws IOException {
        return new StubServer(context.getServerSocketFactory(), "127.0.0.1", answer);
    }

    private static OutboundHttp http(SSLSocketFactory tls, int... ports) {
        List<String> grants = java.util.stream.IntStream.of(ports)
                .boxed()
                .flatMap(port -> List.of("*:" + port, "127.0.0.1:" + port).stream())
                .toList();
        return new OutboundHttp(
                ListedGrants.of(grants.toArray(String[]::new)),
                host -> List.of(InetAddress.ofLiteral("127.0.0.1")),
                () -> tls);
    }

    private static void assertRefused(OutboundErrorCode code, OutboundHttp http, String uri) {
        assertThatThrownBy(() -> http.send(HttpRequest.get(uri)))
                .asInstanceOf(type(AgentOsException.class))
                .extracting(AgentOsException::errorCode)
                .isEqualTo(code);
    }

    @Test
    void theRightCertificateIsTrusted() throws IOException {
        try (StubServer server = secured((head, out) -> out.write(StubServer.ok("safe")))) {
            assertThat(http(context.getSocketFactory(), server.port())
                            .send(HttpRequest.get("https://service.test:" + server.port() + "/"))
                            .text())
                    .isEqualTo("safe");
        }
    }

    @Test
    void theNameInTheCertificateIsChecked() throws IOException {
        try (StubServer server = secured((head, out) -> out.write(StubServer.ok("safe")))) {
            OutboundHttp http = http(context.getSocketFactory(), server.port());
            assertRefused(OutboundErrorCode.CERTIFICATE_REFUSED, http, "https://other.test:" + server.port() + "/");
            assertRefused(OutboundErrorCode.CERTIFICATE_REFUSED, http, "https://127.0.0.1:" + server.port() + "/");
            assertThat(server.requests).isEmpty();
        }
    }

    @Test
    void aCertificateOfNobodyIsRefused() throws IOException {
        try (StubServer server = secured((head, out) -> out.write(StubServer.ok("safe")))) {
            OutboundHttp http = http((SSLSocketFactory) SSLSocketFactory.getDefault(), server.port());
            assertRefused(OutboundErrorCode.CERTIFICATE_REFUSED, http, "https://service.test:" + server.port() + "/");
            assertThat(server.requests).isEmpty();
        }
    }

    @Test
    void aRedirectNeverLeavesHttps() throws IOException {
        try (StubServer plain = StubServer.saying("plain");
                StubServer server = secured((head, out) ->
                        out.write(StubServer.redirect(302, "http://service.test:" + plain.port() + "/")))) {
            OutboundHttp http = http(context.getSocketFactory(), server.port(), plain.port());
            assertRefused(OutboundErrorCode.REDIRECT_REFUSED, http, "https://service.test:" + server.port() + "/");
            assertThat(plain.requests).isEmpty();
        }
    }

    @Test
    void aHandshakeThatDoesNotEndMeetsTheTimeout() throws IOException {
        try (StubServer mute = new StubServer((head, out) -> Thread.sleep(30_000))) {
            OutboundHttp http = http(context.getSocketFactory(), mute.port());
            assertThatThrownBy(() -> http.send(HttpRequest.get("https://service.test:" + mute.port() + "/")
                            .withTimeout(java.time.Duration.ofMillis(300))))
                    .asInstanceOf(type(AgentOsException.class))
                    .extracting(AgentOsException::errorCode)
                    .isEqualTo(OutboundErrorCode.TIMED_OUT);
        }
    }
}
