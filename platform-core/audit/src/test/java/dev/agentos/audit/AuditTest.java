package dev.agentos.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class AuditTest {

    private static final Optional<TenantId> A = Optional.of(new TenantId("tnt_a"));

    private static AuditEntry entry(Optional<TenantId> tenant, String action) {
        return new AuditEntry(
                tenant,
                Instant.parse("2026-03-04T05:06:07.123456Z"),
                "key_1",
                action,
                JsonObject.of("z", "1", "a", "ü \"quoted\" \n"),
                AuditEntry.Outcome.DONE,
                JsonObject.of("status", 200, "inner", JsonObject.of("b", "2", "a", "1")));
    }

    @Test
    void anEntryIsReadAsItWasWrittenToTheMicrosecond() throws Exception {
        MemoryAuditStore store = new MemoryAuditStore();
        try (Audit audit = new Audit(store, Duration.ofSeconds(5))) {
            audit.record(entry(A, "first"));
            AuditRecord record = audit.read(A, 0, 10).getFirst();
            assertThat(record.entry().at()).isEqualTo(Instant.parse("2026-03-04T05:06:07.123456Z"));
            assertThat(record.entry().target()).isEqualTo(JsonObject.of("a", "ü \"quoted\" \n", "z", "1"));
            assertThat(record.text())
                    .as("members in the order of their names")
                    .startsWith("{\"action\":\"first\",\"actor\":\"key_1\",\"at\":");
            assertThat(audit.read(Optional.empty(), 0, 10)).isEmpty();
        }
    }

    @Test
    void manyAtOnceMakeOneChain() throws Exception {
        MemoryAuditStore store = new MemoryAuditStore();
        try (Audit audit = new Audit(store, Duration.ofSeconds(10));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Boolean>> writers = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                String action = "act" + i;
                writers.add(() -> {
                    audit.record(entry(A, action));
                    return true;
                });
            }
            threads.invokeAll(writers);
            AuditVerification verification = audit.verify(A);
            assertThat(verification.fault()).isEmpty();
            assertThat(verification.records()).isEqualTo(200);
        }
    }

    /** A chain in which somebody has changed something behind the store's back. */
    private static AuditVerification tampered(UnaryOperator<List<AuditRecord>> change) {
        MemoryAuditStore honest = new MemoryAuditStore();
        for (int i = 1; i <= 5; i++) {
            honest.append(List.of(entry(A, "act" + i)));
        }
        List<AuditRecord> records = change.apply(new ArrayList<>(honest.read(A, 0, 10)));
        return AuditVerification.of(
                new AuditStore() {
                    @Override
                    public void append(List<AuditEntry> entries) {
                        throw new UnsupportedOperationException();
                    }

                    @Override
                    public List<AuditRecord> read(Optional<TenantId> tenant, long after, int most) {
                        return records.stream()
                                .filter(record -> record.sequence() > after)
                                .toList();
                    }

                    @Override
                    public List<AuditRecord> find(Optional<TenantId> tenant, Filter filter, long before, int most) {
                        throw new UnsupportedOperationException();
                    }

                    @Override
                    public Optional<Head> head(Optional<TenantId> tenant) {
                        return honest.head(tenant);
                    }
                },
                A);
    }

    @Test
    void whatIsAlteredRemovedOrInsertedIsNamed() {
        assertThat(tampered(records -> records).fault()).isEmpty();
        assertThat(tampered(records -> {
                            AuditRecord old = records.get(2);
                            records.set(
                                    2,
                                    new AuditRecord(
                                            old.tenant(),
                                            3,
                                            old.text().replace("act3", "act9"),
                                            old.previous(),
                                            old.hash()));
                            return records;
                        })
                        .fault())
                .hasValueSatisfying(fault -> {
                    assertThat(fault.sequence()).isEqualTo(3);
                    assertThat(fault.what()).contains("altered");
                });
        assertThat(tampered(records -> {
                            AuditRecord old = records.get(2);
                            records.set(2, AuditRecord.of(entry(A, "forged"), 3, old.previous()));
                            return records;
                        })
                        .fault())
                .as("one that was hashed anew does not fit the next")
                .hasValueSatisfying(fault -> assertThat(fault.sequence()).isEqualTo(4));
        assertThat(tampered(records -> {
                            records.remove(2);
                            return records;
                        })
                        .fault())
                .hasValueSatisfying(fault -> assertThat(fault.what()).contains("from 3 to 3 are missing"));
        assertThat(tampered(records -> records.subList(0, 3)).fault())
                .hasValueSatisfying(fault -> assertThat(fault.what()).contains("from here to 5 are missing"));
        assertThat(tampered(records -> {
                            records.set(
                                    4,
                                    AuditRecord.of(
                                            entry(A, "forged"),
                                            5,
                                            records.get(3).hash()));
                            return records;
                        })
                        .fault())
                .hasValueSatisfying(fault -> assertThat(fault.what()).contains("another hash"));
    }

    @Test
    void whatCannotBeWrittenIsNotAcknowledgedAndIsWrittenLater() throws Exception {
        boolean[] away = {true};
        MemoryAuditStore store = new MemoryAuditStore() {
            @Override
            public synchronized void append(List<AuditEntry> entries) {
                if (away[0]) {
                    throw new IllegalStateException("away");
                }
                super.append(entries);
            }
        };
        Audit audit = new Audit(store, Duration.ofMillis(100));
        assertThatThrownBy(() -> audit.record(entry(A, "first")))
                .isInstanceOfSatisfying(
                        AgentOsException.class, e -> assertThat(e.errorCode()).isEqualTo(AuditErrorCode.NOT_RECORDED));
        away[0] = false;
        audit.note(entry(A, "second"));
        audit.close();
        assertThat(store.read(A, 0, 10))
                .extracting(record -> record.entry().action())
                .containsExactly("first", "second");
    }
}
