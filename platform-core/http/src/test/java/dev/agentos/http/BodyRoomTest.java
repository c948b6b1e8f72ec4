package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.spi.AgentOsException;
import dev.agentos.web.HttpErrorCode;
import dev.agentos.web.filters.BodyRoom;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How much of the memory bodies may take together. */
class BodyRoomTest {

    /** Room for 32 MiB, whoever sends. */
    private final BodyRoom room = new BodyRoom(0);

    private BodyRoom.Share read(boolean known, int bytes) throws IOException {
        BodyRoom.Share share = room.share(known);
        try {
            assertThat(share.read(new ByteArrayInputStream(new byte[bytes]), 1 << 20))
                    .hasSize(bytes);
            return share;
        } catch (AgentOsException e) {
            share.close();
            throw e;
        }
    }

    private List<BodyRoom.Share> fill(boolean known, int bytes) throws IOException {
        List<BodyRoom.Share> shares = new ArrayList<>();
        while (true) {
            try {
                shares.add(read(known, bytes));
            } catch (AgentOsException e) {
                assertThat(e.errorCode()).isEqualTo(HttpErrorCode.TOO_BUSY);
                return shares;
            }
        }
    }

    @Test
    void whatIsNotLargeTakesRoomToo() throws IOException {
        List<BodyRoom.Share> shares = fill(true, 500_000);
        assertThat(shares).hasSizeBetween(60, 68);
        read(true, 10_000).close();
        shares.removeLast().close();
        shares.add(read(true, 500_000));
        assertThatThrownBy(() -> read(true, 500_000)).isInstanceOf(AgentOsException.class);
    }

    @Test
    void whoIsNotKnownTakesNoRoomFromOthers() throws IOException {
        List<BodyRoom.Share> shares = fill(false, 60_000);
        assertThat(shares).hasSizeBetween(500, 700);
        read(true, 1 << 20).close();
        shares.forEach(BodyRoom.Share::close);
        assertThat(fill(false, 60_000)).hasSameSizeAs(shares);
    }

    @Test
    void aBodyIsReadNoFurtherThanItsLimit() throws IOException {
        read(true, 1 << 20).close();
        ByteArrayInputStream endless = new ByteArrayInputStream(new byte[2 << 20]);
        try (BodyRoom.Share share = room.share(true)) {
            assertThatThrownBy(() -> share.read(endless, 1 << 20))
                    .isInstanceOfSatisfying(
                            AgentOsException.class,
                            e -> assertThat(e.errorCode()).isEqualTo(HttpErrorCode.BODY_TOO_LARGE));
        }
        assertThat(endless.available()).isGreaterThan(900_000);
        assertThat(fill(true, 500_000)).as("nothing stays taken").hasSizeGreaterThan(59);
    }
}
