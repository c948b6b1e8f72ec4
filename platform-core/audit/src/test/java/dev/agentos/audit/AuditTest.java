package dev.agentos.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.audit.AuditStore.Filter;
import dev.agentos.audit.AuditStore.Head;
import dev.agentos.audit.AuditStore.Kept;
import dev.agentos.audit.AuditStore.Labels;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditTest {

    private static final AuditKey KEY = AuditKey.fresh();
    private static final Optional<TenantId> A = Optional.of(new TenantId("tnt_a"));

    private static AuditCheckpoints checkpoints(AuditStore store, AuditKey key) {
        return new AuditCheckpoints(store, key, () -> Instant.parse("2026-03-04T06:00:00.000001Z"));
    }

    private static Audit audit(AuditStore store, Duration patience) {
        return new Audit(store, patience, checkpoints(store, KEY));
    }

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
        try (Audit audit = audit(store, Duration.ofSeconds(5))) {
            audit.record(entry(A, "first"));
            AuditRecord record = audit.read(A, Filter.ALL, 0, 10).getFirst();
            assertThat(record.entry().at()).isEqualTo(Instant.parse("2026-03-04T05:06:07.123456Z"));
            assertThat(record.entry().target()).isEqualTo(JsonObject.of("a", "ü \"quoted\" \n", "z", "1"));
            assertThat(record.text())
                    .as("members in the order of their names")
                    .startsWith("{\"action\":\"first\",\"actor\":\"key_1\",\"at\":");
            assertThat(audit.read(Optional.empty(), Filter.ALL, 0, 10)).isEmpty();
        }
    }

    @Test
    void whoReadsFindsWhatHeHasJustDone() throws Exception {
        try (Audit audit = audit(new MemoryAuditStore(), Duration.ofSeconds(5))) {
            for (int done = 1; done <= 40; done++) {
                audit.note(entry(A, "act" + done));
                if (done % 3 == 0) {
                    assertThat(audit.find(A, Filter.ALL, Long.MAX_VALUE, 100)).hasSize(done);
                } else if (done % 3 == 1) {
                    assertThat(audit.read(A, Filter.ALL, 0, 100)).hasSize(done);
                } else {
                    assertThat(audit.verify(A, Optional.empty()).records()).isEqualTo(done);
                }
            }
        }
    }

    @Test
    void recordsThatNobodyWaitsForAreWrittenTogether() throws Exception {
        AtomicInteger transactions = new AtomicInteger();
        MemoryAuditStore store = new MemoryAuditStore() {
            @Override
            public void append(List<AuditEntry> entries, Set<String> noted) {
                transactions.incrementAndGet();
                super.append(entries, noted);
            }
        };
        try (Audit audit = audit(store, Duration.ofSeconds(5))) {
            for (int i = 0; i < 200; i++) {
                audit.note(entry(A, "act" + i));
            }
            assertThat(audit.find(A, Filter.ALL, Long.MAX_VALUE, 500)).hasSize(200);
        }
        assertThat(transactions.get()).isLessThan(50);
    }

    @Test
    void noKeyComesIntoARecordThatCannotBeTakenBack() throws Exception {
        String key = "ghp_" + "canary".repeat(6);
        try (Audit audit = audit(new MemoryAuditStore(), Duration.ofSeconds(5))) {
            audit.record(new AuditEntry(
                    A,
                    Instant.parse("2026-03-04T05:06:07Z"),
                    "key_1",
                    "act",
                    JsonObject.of("name", key),
                    AuditEntry.Outcome.DONE,
                    JsonObject.of("reason", "leaked: " + key, "inner", JsonObject.of(key, "1"))));
            assertThat(audit.read(A, Filter.ALL, 0, 10).getFirst().text())
                    .contains("leaked: [github-token]")
                    .doesNotContain("canary");
            assertThat(audit.verify(A, Optional.empty()).fault()).isEmpty();
        }
    }

    @Test
    void manyAtOnceMakeOneChain() throws Exception {
        MemoryAuditStore store = new MemoryAuditStore();
        try (Audit audit = audit(store, Duration.ofSeconds(10));
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
            AuditVerification verification = audit.verify(A, Optional.empty());
            assertThat(verification.fault()).isEmpty();
            assertThat(verification.records()).isEqualTo(200);
        }
    }

    /** Five records, some with checkpoints, of which somebody shows others behind the store's back. */
    private static final class Tampered extends MemoryAuditStore {
        private UnaryOperator<List<Kept>> change = kept -> kept;
        private UnaryOperator<Optional<Head>> end = head -> head;

        Tampered() {
            for (int i = 1; i <= 5; i++) {
                append(List.of(entry(A, "act" + i)));
            }
        }

        @Override
        public synchronized List<Kept> kept(Optional<TenantId> tenant, Filter filter, long after, int most) {
            return change
                    .apply(new ArrayList<>(super.kept(tenant, Filter.ALL, Long.MIN_VALUE, Integer.MAX_VALUE)))
                    .stream()
                    .filter(kept -> kept.record().sequence() > after)
                    .limit(most)
                    .toList();
        }

        @Override
        public synchronized Optional<Head> head(Optional<TenantId> tenant) {
            return end.apply(super.head(tenant));
        }

        AuditVerification verify(UnaryOperator<List<Kept>> altered, UnaryOperator<Optional<Head>> altogether) {
            change = altered;
            end = altogether;
            return new AuditVerifier(this, A, Optional.empty(), KEY.publicKey()).verify();
        }
    }

    private static Kept kept(AuditRecord record) {
        return new Kept(record, Labels.of(record.entry()));
    }

    private static AuditVerification tampered(UnaryOperator<List<AuditRecord>> change) {
        return new Tampered()
                .verify(
                        kept -> change
                                .apply(new ArrayList<>(
                                        kept.stream().map(Kept::record).toList()))
                                .stream()
                                .map(AuditTest::kept)
                                .toList(),
                        head -> head);
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
            public synchronized void append(List<AuditEntry> entries, Set<String> noted) {
                if (away[0]) {
                    throw new IllegalStateException("away");
                }
                super.append(entries, noted);
            }
        };
        Audit audit = audit(store, Duration.ofMillis(100));
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

    @Test
    void whatIsInsertedBeforeTheFirstOrBehindTheEndIsNamed() {
        AuditRecord zero = AuditRecord.of(entry(A, "forged"), 0, AuditRecord.NOTHING);
        assertThat(tampered(records -> {
                            records.addFirst(zero);
                            return records;
                        })
                        .fault())
                .hasValueSatisfying(fault -> {
                    assertThat(fault.sequence()).isZero();
                    assertThat(fault.what()).contains("inserted");
                });
        assertThat(tampered(records -> {
                            records.add(AuditRecord.of(
                                    entry(A, "forged"), 6, records.getLast().hash()));
                            return records;
                        })
                        .fault())
                .hasValueSatisfying(fault -> {
                    assertThat(fault.sequence()).isEqualTo(6);
                    assertThat(fault.what()).contains("behind the end");
                });
        assertThat(new Tampered().verify(kept -> kept, head -> Optional.empty()).fault())
                .as("the end was removed")
                .hasValueSatisfying(fault -> assertThat(fault.sequence()).isEqualTo(5));
    }

    @Test
    void whatARecordIsFoundByIsVerifiedToo() {
        Labels true3 = Labels.of(entry(A, "act3"));
        for (Labels other : List.of(
                new Labels(true3.at().plusNanos(1_000), true3.actor(), true3.action(), true3.outcome()),
                new Labels(true3.at(), "somebody", true3.action(), true3.outcome()),
                new Labels(true3.at(), true3.actor(), "act4", true3.outcome()),
                new Labels(true3.at(), true3.actor(), true3.action(), "FAILED"))) {
            assertThat(new Tampered()
                            .verify(
                                    kept -> {
                                        kept.set(2, new Kept(kept.get(2).record(), other));
                                        return kept;
                                    },
                                    head -> head)
                            .fault())
                    .as(other.toString())
                    .hasValueSatisfying(fault -> assertThat(fault.sequence()).isEqualTo(3));
        }
    }

    @Test
    void aCheckpointTellsThatTheEndWasCutOffOrAllWasMadeAnew() {
        Tampered store = new Tampered();
        AuditCheckpoint made = checkpoints(store, KEY).make(A);
        assertThat(checkpoints(store, KEY).make(A)).as("the same place").isEqualTo(made);
        checkpoints(store, AuditKey.fresh()).make(A);
        AuditVerification sound = store.verify(kept -> kept, head -> head);
        assertThat(sound.fault()).isEmpty();
        assertThat(sound.checkpoints()).isEqualTo(1);
        assertThat(sound.others()).isEqualTo(1);
        assertThat(store.verify(
                                kept -> kept.subList(0, 3),
                                head -> Optional.of(new Head(
                                        3, store.read(A, 2, 1).getFirst().hash())))
                        .fault())
                .as("the end was put back as well")
                .hasValueSatisfying(fault -> {
                    assertThat(fault.sequence()).isEqualTo(4);
                    assertThat(fault.what()).contains("cut off");
                });
        List<Kept> anew = new ArrayList<>();
        String previous = AuditRecord.NOTHING;
        for (int i = 1; i <= 5; i++) {
            AuditRecord record = AuditRecord.of(entry(A, "other" + i), i, previous);
            previous = record.hash();
            anew.add(kept(record));
        }
        Head forged = new Head(5, previous);
        assertThat(store.verify(kept -> anew, head -> Optional.of(forged)).fault())
                .hasValueSatisfying(fault -> {
                    assertThat(fault.sequence()).isEqualTo(5);
                    assertThat(fault.what()).contains("checkpoint");
                });
    }

    @Test
    void aCheckpointOfSomethingElseIsNoCheckpoint() {
        Tampered store = new Tampered();
        AuditCheckpoint good = checkpoints(store, KEY).make(A);
        assertThat(good.signed()).isTrue();
        for (AuditCheckpoint bad : List.of(
                new AuditCheckpoint(Optional.empty(), 5, good.hash(), good.at(), good.key(), good.signature()),
                new AuditCheckpoint(A, 4, good.hash(), good.at(), good.key(), good.signature()),
                new AuditCheckpoint(A, 5, "f".repeat(64), good.at(), good.key(), good.signature()),
                new AuditCheckpoint(A, 5, good.hash(), good.at().plusNanos(1_000), good.key(), good.signature()),
                new AuditCheckpoint(
                        A, 5, good.hash(), good.at(), AuditKey.fresh().publicKey(), good.signature()),
                new AuditCheckpoint(A, 5, good.hash(), good.at(), "no key", good.signature()),
                new AuditCheckpoint(A, 5, good.hash(), good.at(), good.key(), "*"))) {
            assertThat(bad.signed()).as(bad.toString()).isFalse();
        }
    }

    @Test
    void chainsThatHaveGrownAreSigned() {
        Tampered store = new Tampered();
        AuditCheckpoints checkpoints = checkpoints(store, KEY);
        Instant hourAgo = Instant.parse("2026-03-04T05:00:00Z");
        assertThat(checkpoints.makeDue(hourAgo)).isEqualTo(1);
        assertThat(checkpoints.makeDue(hourAgo)).isZero();
        store.append(List.of(entry(A, "more")));
        assertThat(checkpoints.makeDue(hourAgo)).as("signed within the hour").isZero();
        assertThat(checkpoints.makeDue(hourAgo.plus(Duration.ofHours(2)))).isEqualTo(1);
        assertThat(checkpoints.list(A, Long.MAX_VALUE, 10))
                .extracting(AuditCheckpoint::sequence)
                .containsExactly(6L, 5L);
    }

    @Test
    void theKeyOfAFileStays(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("audit.key");
        AuditKey first = AuditKey.in(file);
        assertThat(AuditKey.in(file).publicKey()).isEqualTo(first.publicKey());
        assertThat(Files.getPosixFilePermissions(file))
                .containsExactlyInAnyOrder(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
        assertThat(first.toString()).doesNotContain(Files.readAllLines(file).getFirst());
        Path other = directory.resolve("other.key");
        AuditKey.in(other);
        for (String bad : List.of(
                "",
                "x\ny\n",
                Files.readAllLines(file).getFirst() + "\n",
                Files.readAllLines(file).getFirst() + "\n"
                        + Files.readAllLines(other).get(1) + "\n")) {
            Files.writeString(file, bad);
            assertThatThrownBy(() -> AuditKey.in(file))
                    .isInstanceOfSatisfying(
                            AgentOsException.class,
                            e -> assertThat(e.errorCode()).isEqualTo(KernelErrorCode.DATA_DIRECTORY_UNUSABLE));
        }
    }

    @Test
    void whatSomebodyMadeUnreadableIsShownAsItStands() {
        for (String text :
                List.of("", "no JSON", "[]", "{\"at\":\"yesterday\"}", "{\"outcome\":\"MAYBE\"}", "x".repeat(2_000))) {
            AuditRecord record = new AuditRecord(A, 7, text, AuditRecord.NOTHING, AuditRecord.NOTHING);
            JsonObject shown = record.toJson();
            assertThat(shown.object("details").orElseThrow().text("unreadable"))
                    .as(text)
                    .hasValueSatisfying(it -> assertThat(it).hasSizeLessThanOrEqualTo(501));
            assertThat(shown.member("sequence")).isPresent();
        }
    }

    @Test
    void anyTextIsMadeReadable() {
        assertThat(AuditEntry.readable("a\0b\uD83D")).isEqualTo("a\uFFFDb\uFFFD");
        assertThat(AuditEntry.readable("x".repeat(499) + "\uD83D\uDE00y"))
                .isEqualTo("x".repeat(499) + "\uD83D\uDE00\u2026");
    }

    @Test
    void aKeyIsMaskedBeforeATextIsCut() {
        String key = "ghp_" + "canary".repeat(6);
        for (int before = 440; before < 500; before++) {
            assertThat(AuditEntry.readable("x".repeat(before) + " " + key + " behind"))
                    .doesNotContain("canary", "ghp_");
            assertThat(AuditEntry.readable("x".repeat(before) + " https://ada:canary@example.com/ behind"))
                    .doesNotContain("canary");
        }
    }
}
