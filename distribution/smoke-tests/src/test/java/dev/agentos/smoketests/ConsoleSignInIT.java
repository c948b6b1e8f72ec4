package dev.agentos.smoketests;

import dev.agentos.identity.TestProvider;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** People who come from an identity provider, with all that a browser does on the way. */
@Timeout(1_800)
class ConsoleSignInIT {

    @TempDir
    private Path directory;

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Test
    void comesFromTheProviderOfTheOrganisation() throws Exception {
        BrowserScript.assumeBrowser();
        int port = freePort();
        try (TestProvider provider = new TestProvider();
                Levers levers = new Levers().with("who", told -> {
                    String[] words = told.split(",", -1);
                    provider.claims.put("email", words[0]);
                    provider.claims.put("email_verified", Boolean.valueOf(words[1]));
                    return "";
                });
                ServerProcess server = ServerProcess.start(
                        List.of("env", "AGENTOS_OIDC_CLIENT_SECRET=client secret"),
                        directory,
                        "--http-port=" + port,
                        "--oidc-issuer=" + provider.issuer(),
                        "--oidc-client-id=agentos",
                        "--oidc-redirect-url=http://127.0.0.1:" + port + "/api/v1/login/oidc/callback")) {
            BrowserScript.of("sign-in")
                    .with("LEVERS", levers.address())
                    .with("PROVIDER", provider.issuer())
                    .run(server);
        }
    }
}
