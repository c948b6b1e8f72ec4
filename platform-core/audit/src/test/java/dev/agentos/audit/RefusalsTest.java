package dev.agentos.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.audit.Refusals.Refusal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class RefusalsTest {

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2030-01-01T00:00:00Z"));
    private final Refusals refusals = new Refusals(now::get);

    private static Refusal from(String address) {
        return new Refusal(Refusal.REQUEST, Refusal.NOBODY, address, 401, "");
    }

    private List<String> counts(boolean last) {
        return refusals.due(last).stream()
                .map(entry -> entry.details().text("address").orElseThrow() + " "
                        + entry.details().text("count").orElseThrow())
                .toList();
    }

    private void pass(int seconds) {
        now.set(now.get().plusSeconds(seconds));
    }

    @Test
    void recordsTheFirstAtOnceAndTheOthersOnceAMinute() {
        for (int i = 0; i < 1_000; i++) {
            refusals.note(from("a"));
        }
        assertThat(counts(false)).containsExactly("a 1");
        pass(59);
        assertThat(counts(false)).isEmpty();
        pass(1);
        assertThat(counts(false)).containsExactly("a 999");
        refusals.note(from("a"));
        assertThat(counts(false)).isEmpty();
        pass(60);
        assertThat(counts(false)).containsExactly("a 1");
        pass(60);
        assertThat(counts(false)).isEmpty();
        refusals.note(from("a"));
        assertThat(counts(false)).containsExactly("a 1");
    }

    @Test
    void aFloodFromEverywhereIsCountedTogether() {
        for (int i = 0; i < 100_000; i++) {
            refusals.note(from("address" + i));
        }
        List<AuditEntry> first = refusals.due(false);
        assertThat(first).hasSize(101);
        pass(60);
        assertThat(counts(false)).containsExactly("others 99899");
    }

    @Test
    void nothingIsForgottenAtTheEnd() {
        refusals.note(from("a"));
        refusals.note(from("a"));
        assertThat(counts(true)).containsExactlyInAnyOrder("a 1", "a 1");
    }

    @Test
    void anEntrySaysWhatWhenceAndHowOften() {
        refusals.note(new Refusal("createLogin", "usr_1", "a", 401, "identity:LOGIN_FAILED"));
        AuditEntry entry = refusals.due(false).getFirst();
        assertThat(entry.tenant()).isEqualTo(Optional.empty());
        assertThat(entry.action()).isEqualTo("createLogin");
        assertThat(entry.actor()).isEqualTo("usr_1");
        assertThat(entry.outcome()).isEqualTo(AuditEntry.Outcome.REFUSED);
        assertThat(entry.details().text("code")).contains("identity:LOGIN_FAILED");
    }
}
