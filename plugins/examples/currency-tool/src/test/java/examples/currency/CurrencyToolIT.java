package examples.currency;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.agentos.spi.JsonObject;
import dev.agentos.testkit.PluginServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The finished JAR in a real server, with a service of rates on this machine. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class CurrencyToolIT {

    private static final List<String> KEYS = new CopyOnWriteArrayList<>();
    private static final HttpServer RATES = rates();

    @RegisterExtension
    static final PluginServer SERVER = PluginServer.ofBuild()
            .withSecret("RATES_API_KEY", "s3cret")
            .configured(JsonObject.of(
                    "baseUrl", "http://127.0.0.1:" + RATES.getAddress().getPort()));

    @AfterAll
    static void stop() {
        RATES.stop(0);
    }

    @Test
    @Order(1)
    void convertsInARealServer() {
        assertThat(SERVER.runTool("currency.convert", JsonObject.of("amount", 8, "from", "EUR", "to", "USD")))
                .hasToString("{\"amount\":10.00,\"currency\":\"USD\"}");
        assertThat(KEYS).containsExactly("Bearer s3cret");
        assertThat(SERVER.denials()).isEmpty();
    }

    @Test
    @Order(2)
    void leavesNothingBehind() {
        SERVER.assertUninstallsCleanly();
    }

    private static HttpServer rates() {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.createContext("/rates/EUR", exchange -> {
                KEYS.add(exchange.getRequestHeaders().getFirst("Authorization"));
                byte[] body = "{\"rates\":{\"USD\":1.25}}".getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
                exchange.close();
            });
            server.start();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
