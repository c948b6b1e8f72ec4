package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.graph.ExecutionId;
import dev.agentos.kernel.Ids;
import dev.agentos.persistence.Hints.Hint;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What one server says, another hears as it was meant. */
@Timeout(60)
class HintsIT {

    private static final TenantId TENANT = new TenantId("tnt_1");
    private static final ExecutionId EXECUTION = new ExecutionId("exe_1");

    @Test
    void anotherServerHearsWhatWasSaid() {
        DatabaseConfig.External config = PostgresFixture.migrated();
        try (Database one = Database.open(config, Ids.system());
                Database other = Database.open(config, Ids.system())) {
            Queue<Hint> heard = new ConcurrentLinkedQueue<>();
            Queue<Hint> own = new ConcurrentLinkedQueue<>();
            other.hints().subscribe(heard::add);
            one.hints().subscribe(own::add);
            List<Hint> said = List.of(
                    new Hint.Collection(Optional.of(TENANT), "policies"),
                    new Hint.Collection(Optional.empty(), "plugins"),
                    new Hint.Changed(TENANT, EXECUTION),
                    new Hint.Steered(TENANT, EXECUTION),
                    new Hint.Plugins(),
                    new Hint.Policies(),
                    new Hint.Switches());
            // Until they know of each other, each believes to be alone.
            await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
                Hints hints = one.hints();
                hints.collection(Optional.of(TENANT), "policies");
                hints.collection(Optional.empty(), "plugins");
                hints.changed(TENANT, EXECUTION);
                hints.steered(TENANT, EXECUTION);
                hints.plugins();
                hints.policies();
                hints.switches();
                assertThat(heard).containsAll(said);
            });
            assertThat(own).as("its own hints are not for itself").doesNotContainAnyElementsOf(said);
        }
    }
}
