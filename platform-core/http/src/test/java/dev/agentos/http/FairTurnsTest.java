package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.tenancy.TenantId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** That one tenant's many requests are worked on a few at a time, and nobody else's wait for them. */
@Timeout(120)
class FairTurnsTest {

    private static final TestServer APP = new TestServer();
    private static final String READ = "/api/v1/tenants/self/packs";
    private static final int SHARE = 4 * Runtime.getRuntime().availableProcessors();

    @AfterAll
    static void close() {
        APP.close();
    }

    @Test
    void aFloodOfOneTenantIsWorkedOnAFewAtATime() throws Exception {
        TenantId acme = APP.tenants.find("acme").orElseThrow().id();
        AtomicInteger inside = new AtomicInteger();
        CountDownLatch release = new CountDownLatch(1);
        APP.packStore.beforeList = tenant -> {
            if (tenant.equals(acme)) {
                inside.incrementAndGet();
                try {
                    release.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        };
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<CompletableFuture<HttpResponse<String>>> flood = IntStream.range(0, SHARE + 10)
                    .mapToObj(i -> CompletableFuture.supplyAsync(() -> APP.get(APP.acmeKey, READ), threads))
                    .toList();
            try {
                await().untilAtomic(inside, count -> assertThat(count).isEqualTo(SHARE));
                await().during(Duration.ofMillis(300)).until(() -> inside.get() == SHARE);
                assertThat(APP.get(APP.umbrellaKey, READ).statusCode())
                        .as("another tenant")
                        .isEqualTo(200);
                assertThat(APP.put(
                                        APP.acmeKey,
                                        "/api/v1/kill-switches/tool/any.tool?dryRun=true",
                                        "{\"reason\": \"It floods\"}")
                                .statusCode())
                        .as("whoever wants to stop something")
                        .isEqualTo(200);
                assertThat(flood).noneMatch(CompletableFuture::isDone);
            } finally {
                release.countDown();
            }
            assertThat(flood)
                    .allSatisfy(one -> assertThat(one.join().statusCode()).isEqualTo(200));
        } finally {
            APP.packStore.beforeList = tenant -> {};
        }
    }

    @Test
    void whoseBodyDoesNotComeKeepsNobodyWaiting() throws Exception {
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < SHARE + 1; i++) {
                slow.add(begun());
            }
            assertThat(APP.get(APP.acmeKey, READ).statusCode()).isEqualTo(200);
            for (Socket socket : slow) {
                socket.getOutputStream().write("{}".getBytes(StandardCharsets.US_ASCII));
                assertThat(socket.getInputStream().read()).as("it is answered").isEqualTo('H');
            }
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    /** A turn ends with its request, whatever became of it. */
    @Test
    void noTurnIsLost() {
        Stream.of("/api/v1/nowhere", READ + "?unknown=1", "/api/v1/executions/exe_none", "/api/v1/graphs/none")
                .forEach(path -> {
                    for (int i = 0; i < 2 * SHARE; i++) {
                        assertThat(APP.get(APP.acmeKey, path).statusCode()).isBetween(400, 499);
                    }
                });
        assertThat(APP.get(APP.acmeKey, READ).statusCode()).isEqualTo(200);
    }

    private static Socket begun() throws IOException {
        Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), APP.server.address().getPort());
        socket.getOutputStream()
                .write(("POST /api/v1/graphs/validate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                + "Authorization: Bearer " + APP.acmeKey + "\r\nContent-Length: 2\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }
}
