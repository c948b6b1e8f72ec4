package dev.agentos.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.HttpRequest;
import dev.agentos.spi.HttpResponse;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class BodiesTest {

    private static final int MEBIBYTE = 1 << 20;
    private static final HttpRequest REQUEST =
            HttpRequest.get("http://large.test/").withMaxResponseBytes(1 << 30).withTimeout(Duration.ofSeconds(20));

    private final Bodies bodies = new Bodies(16 * MEBIBYTE);
    private final Bodies.Share share = bodies.share();

    private static HttpResponse head(Map<String, List<String>> headers) {
        return new HttpResponse(200, URI.create("http://large.test/"), headers, new byte[0]);
    }

    private static HttpResponse saying(long length) {
        return head(Map.of("content-length", List.of(String.valueOf(length))));
    }

    private static byte[] read(Bodies.Gathering body, HttpResponse head, int mebibytes) {
        for (int i = 0; i < mebibytes; i++) {
            byte[] piece = new byte[MEBIBYTE];
            piece[0] = (byte) i;
            body.onBytes(head, piece);
        }
        return body.bytes();
    }

    @Test
    void aBodyIsGatheredWhole() {
        for (HttpResponse head : List.of(head(Map.of()), saying(5 * MEBIBYTE))) {
            try (Bodies.Gathering body = share.gathering(REQUEST)) {
                byte[] bytes = read(body, head, 5);
                assertThat(bytes).hasSize(5 * MEBIBYTE);
                assertThat(bytes[4 * MEBIBYTE]).isEqualTo((byte) 4);
            }
        }
    }

    @Test
    void whatIsLongerThanAllThatIsKeptFailsSayingSo() {
        for (HttpResponse head : List.of(head(Map.of()), saying(200_000_000))) {
            try (Bodies.Gathering body = share.gathering(REQUEST)) {
                assertThatThrownBy(() -> read(body, head, 9))
                        .isInstanceOf(AgentOsException.class)
                        .hasMessageContaining("no more than " + 8 * MEBIBYTE);
            }
        }
        assertThat(fits(8)).isTrue();
    }

    @Test
    void whoFindsNoRoomWaitsForItAndNotForEver() throws Exception {
        try (Bodies.Gathering first = share.gathering(REQUEST)) {
            read(first, saying(5 * MEBIBYTE), 5);
            CompletableFuture<Boolean> second = CompletableFuture.supplyAsync(() -> fits(4));
            assertThat(second).isNotDone();
            try (Bodies.Gathering late = share.gathering(REQUEST.withTimeout(Duration.ofMillis(100)))) {
                assertThatThrownBy(() -> read(late, saying(8 * MEBIBYTE), 2))
                        .isInstanceOf(AgentOsException.class)
                        .hasMessageContaining("no room");
            }
            first.close();
            assertThat(second.get(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aBodyThatIsLongerThanItSaysTakesTheRoomThatItNeeds() {
        HttpResponse chunked = head(Map.of("content-length", List.of("0"), "transfer-encoding", List.of("chunked")));
        HttpResponse huge =
                head(Map.of("content-length", List.of("" + 8 * MEBIBYTE), "transfer-encoding", List.of("chunked")));
        for (HttpResponse head : List.of(saying(0), chunked)) {
            try (Bodies.Gathering first = share.gathering(REQUEST)) {
                assertThat(read(first, head, 5)).hasSize(5 * MEBIBYTE);
                assertThat(fits(4, Duration.ofMillis(100))).isFalse();
            }
            assertThat(fits(8)).isTrue();
        }
        try (Bodies.Gathering slow = share.gathering(REQUEST)) {
            read(slow, huge, 2);
            assertThat(fits(4)).isTrue();
        }
    }

    @Test
    void aCallHoldsWhatItWasHandedLastUntilItEnds() {
        boolean other = Bodies.during(() -> {
            assertThat(fits(6)).isTrue();
            assertThat(fits(6)).isTrue();
            return CompletableFuture.supplyAsync(() -> fits(3, Duration.ofMillis(100)))
                    .join();
        });
        assertThat(other).isFalse();
        assertThat(fits(8)).isTrue();
    }

    @Test
    void aBodyThatDoesNotSayItsLengthHoldsLittleWhileItIsShort() {
        try (Bodies.Gathering slow = share.gathering(REQUEST)) {
            read(slow, head(Map.of()), 2);
            assertThat(fits(4)).isTrue();
            assertThat(fits(5, Duration.ofMillis(100))).isFalse();
        }
        assertThat(fits(8)).isTrue();
    }

    @Test
    void aBodyThatDoesNotSayItsLengthWaitsForNobodyWhileItHoldsRoom() {
        try (Bodies.Gathering first = share.gathering(REQUEST);
                Bodies.Gathering second = share.gathering(REQUEST)) {
            read(first, saying(3 * MEBIBYTE), 3);
            assertThatThrownBy(() -> read(second, head(Map.of()), 5))
                    .isInstanceOf(AgentOsException.class)
                    .hasMessageContaining("no room");
        }
        assertThat(fits(8)).isTrue();
    }

    @Test
    void whoeverHoldsAllThatItMayLeavesRoomForOthers() {
        try (Bodies.Gathering all = share.gathering(REQUEST)) {
            read(all, saying(8 * MEBIBYTE), 1);
            try (Bodies.Gathering other = bodies.share().gathering(REQUEST)) {
                assertThat(read(other, saying(8 * MEBIBYTE), 8)).hasSize(8 * MEBIBYTE);
            }
        }
    }

    private boolean fits(int mebibytes) {
        return fits(mebibytes, Duration.ofSeconds(20));
    }

    private boolean fits(int mebibytes, Duration longest) {
        try (Bodies.Gathering body = share.gathering(REQUEST.withTimeout(longest))) {
            return read(body, saying((long) mebibytes * MEBIBYTE), mebibytes).length > 0;
        } catch (AgentOsException e) {
            return false;
        }
    }
}
