package dev.agentos.smoketests;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The console of one server used for another one, which have named each other. */
@Timeout(1_800)
@Tag("long")
class ConsoleElsewhereIT {

    @TempDir
    private Path here;

    @TempDir
    private Path there;

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Test
    void isUsedWithAKeyWhereBothAgree() throws Exception {
        BrowserScript.assumeBrowser();
        int port = freePort();
        try (ServerProcess other = ServerProcess.start(there, "--allowed-origins=http://127.0.0.1:" + port);
                ServerProcess server =
                        ServerProcess.start(here, "--http-port=" + port, "--site-servers=" + other.address())) {
            BrowserScript.of("elsewhere")
                    .with("OTHER", other.address())
                    .with("OTHER_KEY", other.administrator().key())
                    .run(server);
        }
    }
}
