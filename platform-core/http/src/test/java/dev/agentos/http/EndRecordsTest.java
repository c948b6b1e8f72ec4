package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.audit.Audit;
import dev.agentos.audit.AuditCheckpoints;
import dev.agentos.audit.AuditEntry;
import dev.agentos.audit.AuditKey;
import dev.agentos.audit.AuditRecord;
import dev.agentos.audit.MemoryAuditStore;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.Operation;
import dev.agentos.kernel.OperationStore;
import dev.agentos.kernel.Operations;
import dev.agentos.spi.JsonObject;
import dev.agentos.web.resources.EndRecords;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The records of what the end of a server has cut short, written by another one. */
@Timeout(30)
class EndRecordsTest {

    private final MemoryAuditStore records = new MemoryAuditStore();
    private final OperationStore store = OperationStore.inMemory();
    private final InstantSource later = () -> Instant.now().plus(Duration.ofMinutes(1));

    private List<AuditEntry> recorded() {
        return records.read(Optional.empty(), 0, 100).stream()
                .map(AuditRecord::entry)
                .toList();
    }

    @Test
    void whatWasCutShortIsRecordedOnceAndSaysSo() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        Operations gone = new Operations(store, Ids.system(), InstantSource.system());
        Operation cut = gone.start("plugin.install", "hello-tool", reporter -> {
            begun.countDown();
            new CountDownLatch(1).await();
            return JsonObject.EMPTY;
        });
        begun.await();
        AuditEntry request = new AuditEntry(
                Optional.empty(),
                Instant.now(),
                "key_1",
                "installPlugin",
                JsonObject.of("id", "hello-tool"),
                AuditEntry.Outcome.DONE,
                JsonObject.EMPTY);
        gone.recordEnd(cut.id(), EndRecords.asked(request), ended -> {
            throw new IllegalStateException("It ends nowhere that knows of it");
        });
        gone.close();
        store.renew(Set.of(cut.id()), Duration.ofMillis(-1));
        try (Operations alive = new Operations(store, Ids.system(), later);
                Audit audit = new Audit(records, Duration.ofSeconds(5), checkpoints())) {
            EndRecords sweeps = new EndRecords(alive, audit, InstantSource.system());
            sweeps.sweep();
            assertThat(recorded()).as("it may still be worked on").isEmpty();
            alive.follow();
            new EndRecords(new Operations(store, Ids.system(), InstantSource.system()), audit, later).sweep();
            assertThat(recorded())
                    .as("whoever did it has half a minute to record it")
                    .isEmpty();
            sweeps.sweep();
            sweeps.sweep();
        }
        assertThat(recorded()).singleElement().satisfies(entry -> {
            assertThat(entry.actor()).isEqualTo("key_1");
            assertThat(entry.action()).isEqualTo("installPlugin");
            assertThat(entry.target()).isEqualTo(request.target());
            assertThat(entry.outcome()).isEqualTo(AuditEntry.Outcome.FAILED);
            assertThat(entry.details().toString())
                    .contains("\"interrupted\":\"true\"", "\"state\":\"FAILED\"", cut.id())
                    .contains("\"code\":\"server:SHUTTING_DOWN\"")
                    .doesNotContain("before");
        });
    }

    private AuditCheckpoints checkpoints() {
        return new AuditCheckpoints(records, AuditKey.fresh(), InstantSource.system());
    }
}
