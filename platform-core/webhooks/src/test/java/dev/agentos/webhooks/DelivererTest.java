package dev.agentos.webhooks;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.agentos.execution.ExecutionState;
import dev.agentos.graph.GraphReference;
import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.kernel.Sealing;
import dev.agentos.outbound.Names;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import dev.agentos.tenancy.TenantId;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of a delivery that this server could not send. */
class DelivererTest {

    private static final TenantId ACME = new TenantId("acme");
    private static final Instant THEN = Instant.parse("2026-11-28T12:00:00Z");

    private final AtomicInteger heard = new AtomicInteger();
    private final OneDelivery store = new OneDelivery();
    private HttpServer receiver;
    private Deliverer deliverer;

    @BeforeEach
    void open() throws Exception {
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/", exchange -> {
            heard.incrementAndGet();
            exchange.sendResponseHeaders(503, -1);
            exchange.close();
        });
        receiver.start();
        store.url = "http://127.0.0.1:" + receiver.getAddress().getPort() + "/";
        Receivers receivers =
                new Receivers(List.of(Permission.of(PermissionKind.NET_CONNECT, "127.0.0.1:*")), Names.SYSTEM, () ->
                        (SSLSocketFactory) SSLSocketFactory.getDefault());
        deliverer = new Webhooks(
                        store,
                        new Plain(),
                        receivers,
                        state -> {},
                        Ids.system(),
                        InstantSource.fixed(THEN),
                        Failpoints.NONE)
                .deliverer();
    }

    @AfterEach
    void close() throws InterruptedException {
        deliverer.close();
        receiver.stop(0);
    }

    private String next() throws InterruptedException {
        deliverer.look();
        return String.valueOf(store.said.poll(10, TimeUnit.SECONDS));
    }

    @Test
    void anAttemptThatWasNeverSentIsNotCounted() throws Exception {
        store.secrets = () -> {
            throw new AgentOsException(KernelErrorCode.DATABASE_UNAVAILABLE, "It is busy.", "Try again.");
        };
        // It would be given up behind the last one.
        assertThat(next()).isEqualTo("handed back for PT3S");
        assertThat(heard).hasValue(0);

        store.secrets = OneDelivery::known;
        assertThat(next()).isEqualTo("GIVEN_UP");
        assertThat(heard).hasValue(1);
    }

    @Test
    void whatNoTimeMendsIsCounted() throws Exception {
        store.secrets = () -> {
            throw new AgentOsException(KernelErrorCode.SECRET_UNREADABLE, "The key is not here.", "Bring it.");
        };
        assertThat(next()).isEqualTo("GIVEN_UP");
    }

    @Test
    void aStopBeforeItIsSentHandsItBackAtOnce() throws Exception {
        CountDownLatch reading = new CountDownLatch(1);
        store.secrets = () -> {
            reading.countDown();
            try {
                Thread.sleep(Duration.ofMinutes(1));
            } catch (InterruptedException e) {
                // As a pool of connections does.
                Thread.currentThread().interrupt();
                throw new IllegalStateException("Interrupted during connection acquisition", e);
            }
            return OneDelivery.known();
        };
        deliverer.look();
        assertThat(reading.await(10, TimeUnit.SECONDS)).isTrue();
        deliverer.close();
        assertThat(store.said.poll(10, TimeUnit.SECONDS)).isEqualTo("handed back for PT0S");
        assertThat(heard).hasValue(0);
    }

    private interface Known {
        List<WebhookStore.Secret> read();
    }

    /** Nothing is secret. */
    private static final class Plain implements Sealing {

        @Override
        public String seal(TenantOwned place, String text) {
            return text;
        }

        @Override
        public String open(TenantOwned place, String sealed) {
            return sealed;
        }

        @Override
        public byte[] naming(String tenant) {
            throw new UnsupportedOperationException();
        }
    }

    /** One that is due each time, for the last attempt that it has. */
    private static final class OneDelivery implements WebhookStore {

        final BlockingQueue<String> said = new LinkedBlockingQueue<>();
        volatile Known secrets = OneDelivery::known;
        volatile String url = "";
        private int claims;

        static List<Secret> known() {
            return List.of(new Secret("whs_1", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", THEN, Optional.empty()));
        }

        @Override
        public List<Secret> secrets(TenantId tenant, int most) {
            return secrets.read();
        }

        @Override
        public List<Claimed> claim(int most, int each, Collection<TenantId> without, Duration lease) {
            if (claims++ % 2 == 1) {
                return List.of();
            }
            Delivery delivery = new Delivery(
                    "msg_1",
                    ACME,
                    "exe_1",
                    url,
                    DeliveryState.DUE,
                    Schedule.ATTEMPTS,
                    THEN,
                    Optional.of(THEN),
                    Optional.empty());
            Ending ending = new Ending(
                    "exe_1",
                    ExecutionState.SUCCEEDED,
                    Optional.empty(),
                    new GraphReference("gra_1", 1),
                    Optional.empty(),
                    Optional.empty(),
                    THEN,
                    THEN);
            return List.of(new Claimed(delivery, claims, ending));
        }

        @Override
        public void attempted(Claimed claimed, Delivery.Attempt attempt, DeliveryState state, Duration pause) {
            said.add(state.name());
        }

        @Override
        public void handBack(Claimed claimed, Duration pause) {
            said.add("handed back for " + pause);
        }

        @Override
        public Optional<String> lookBehind(String execution, int most) {
            return Optional.empty();
        }

        @Override
        public boolean add(TenantId tenant, String id, String sealed, Optional<String> replaced, Duration overlap) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Page<Delivery> list(
                TenantId tenant, Optional<DeliveryState> state, Optional<String> execution, PageRequest request) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Optional<Delivery> find(TenantId tenant, String id) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void again(TenantId tenant, String id) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void ended(Collection<String> executions) {
            throw new UnsupportedOperationException();
        }
    }
}
