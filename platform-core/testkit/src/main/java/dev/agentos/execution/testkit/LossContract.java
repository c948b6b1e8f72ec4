package dev.agentos.execution.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.ExecutionStore.Claim;
import dev.agentos.execution.ExecutionStore.Entry;
import dev.agentos.execution.ExecutionStore.Log;
import dev.agentos.execution.ExecutionStore.Move;
import dev.agentos.execution.LeaseLostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** How every {@link dev.agentos.execution.ExecutionStore} counts the servers that were lost at an execution. */
abstract class LossContract extends StoreFixture {

    @Test
    void countsOwnersThatWereLostAtOneStep() {
        admit();
        Log log = log(claim());
        for (int lost = 1; lost <= 3; lost++) {
            store.release("server-1");
            Claim claim = claim();
            assertThat(claim.crashes()).isEqualTo(lost);
            log = log(claim);
        }
        log.write(entry(checkpoint(1, "a", 2), Set.of("a"), Move.STAY, draft("checkpoint")));
        store.release("server-1");
        Claim claim = claim();
        assertThat(claim.crashes()).as("progress was made").isEqualTo(1);
    }

    @Test
    void neitherCountsNorForgetsWhenAnOwnerHandsBack() {
        admit();
        Claim claim = claim();
        store.handBack(claim.lease());
        claim = claim();
        assertThat(claim.crashes()).as("nobody was lost").isZero();
        for (int lost = 1; lost <= 2; lost++) {
            store.release("server-1");
            claim = claim();
        }
        assertThat(claim.crashes()).isEqualTo(2);
        store.handBack(claim.lease());
        claim = claim();
        assertThat(claim.crashes()).as("it stands where it stood").isEqualTo(2);
        store.release("server-1");
        claim = claim();
        assertThat(claim.crashes()).isEqualTo(3);
        log(claim).write(entry(checkpoint(1, "a", 2), Set.of("a"), Move.STAY, draft("checkpoint")));
        store.handBack(claim.lease());
        assertThat(claim().crashes()).as("progress was made").isZero();
    }

    @Test
    void forgetsWhoWasLostBeforeAnAnswer() {
        Execution execution = admit();
        claim();
        store.release("server-1");
        Claim claim = claim();
        log(claim)
                .write(new Entry(
                        List.of(draft("execution.waiting")),
                        List.of(),
                        Optional.empty(),
                        Map.of(),
                        new Move.Suspend()));
        store.resume(tenant, execution.id(), command(), draft("execution.resumed"));
        assertThat(claim().crashes()).isZero();
    }

    @Test
    void doesNotCountTheFirstOwnerThatWasLostWhileItOnlyWaited() {
        admit();
        Claim waits = claim();
        store.suspect(waits, false);
        store.release("server-1");
        assertThat(claim().crashes()).isZero();
    }

    @Test
    void doesNotCountOwnersThatWereLostWhileItOnlyWaited() {
        admit();
        claim();
        store.release("server-1");
        Claim waiting = claim();
        assertThat(waiting.crashes()).isEqualTo(1);
        store.suspect(waiting, false);
        store.release("server-1");
        Claim begins = claim();
        assertThat(begins.crashes()).isEqualTo(1);
        store.suspect(begins, false);
        store.suspect(begins, true);
        store.release("server-1");
        assertThat(claim().crashes()).isEqualTo(2);
        assertThatThrownBy(() -> store.suspect(begins, false)).isInstanceOf(LeaseLostException.class);
    }

    /** What says so may be lost on its way, or come twice. */
    @Test
    void countsALossOnceWhateverWasSaidOfIt() {
        admit();
        claim();
        store.release("server-1");
        Claim claim = claim();
        store.suspect(claim, true);
        store.release("server-1");
        claim = claim();
        assertThat(claim.crashes()).as("that it waits was not noted").isEqualTo(2);
        store.suspect(claim, false);
        store.suspect(claim, false);
        store.suspect(claim, true);
        store.release("server-1");
        assertThat(claim().crashes()).isEqualTo(3);
    }

    @Test
    void countsNoLossWhereOneIsPutOffAndClaimsItWhenItsTimeHasCome() {
        Execution execution = admit();
        claim();
        store.release("server-1");
        Claim claim = claim();
        assertThat(claim.crashes()).isEqualTo(1);
        store.putOff(claim.lease(), Duration.ofMinutes(1), draft("execution.delayed"));
        assertThat(store.find(tenant, execution.id()).orElseThrow().state()).isEqualTo(ExecutionState.QUEUED);
        assertThat(claim("server-1", 10, LEASE)).isEmpty();
        Claim before = claim;
        assertThatThrownBy(() -> store.putOff(before.lease(), Duration.ZERO, draft("execution.delayed")))
                .isInstanceOf(LeaseLostException.class);
        stores().pass(Duration.ofMinutes(2));
        claim = claim();
        assertThat(claim.crashes()).as("neither counted nor forgotten").isEqualTo(1);
        assertThat(store.events(tenant, execution.id(), 0, 10))
                .extracting(event -> event.draft().type())
                .containsExactly("execution.queued", "execution.delayed");
        store.cancel(tenant, execution.id(), STOPPED, draft("execution.cancelled"));
        store.putOff(claim.lease(), Duration.ofMinutes(1), draft("execution.delayed"));
        assertThat(claim().execution().progress().cancelRequested())
                .as("who is to stop is claimed to be ended")
                .isTrue();
    }
}
