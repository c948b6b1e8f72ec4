package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.agentos.audit.Audit;
import dev.agentos.audit.AuditCheckpoint;
import dev.agentos.audit.AuditCheckpoints;
import dev.agentos.audit.AuditEntry;
import dev.agentos.audit.AuditKey;
import dev.agentos.audit.AuditRecord;
import dev.agentos.audit.AuditStore;
import dev.agentos.audit.AuditVerification;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Records on a real PostgreSQL. */
class JdbiAuditIT {

    private static final Optional<TenantId> A = Optional.of(new TenantId("tnt_a"));
    private static final Optional<TenantId> PLATFORM = Optional.empty();

    private final Database database = PostgresFixture.open();
    private final AuditStore store = database.auditStore();
    private final AuditCheckpoints checkpoints =
            new AuditCheckpoints(store, AuditKey.fresh(), () -> Instant.parse("2026-03-04T06:00:00.654321Z"));

    @AfterEach
    void close() {
        database.close();
    }

    private static AuditEntry entry(Optional<TenantId> tenant, String actor, String action) {
        return new AuditEntry(
                tenant,
                Instant.parse("2026-03-04T05:06:07.123456Z"),
                actor,
                action,
                JsonObject.of("name", "'; DROP TABLE audit_records; --"),
                AuditEntry.Outcome.DONE,
                JsonObject.of("status", "200"));
    }

    private AuditVerification verified(Optional<TenantId> tenant) throws InterruptedException {
        try (Audit audit = new Audit(store, Duration.ofSeconds(5), checkpoints)) {
            return audit.verify(tenant, Optional.empty());
        }
    }

    @Test
    void twoHundredWritersOnTwoServersMakeOneChain() throws Exception {
        try (Audit one = new Audit(store, Duration.ofSeconds(20), checkpoints);
                Audit other = new Audit(database.auditStore(), Duration.ofSeconds(20), checkpoints);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Boolean>> writers = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                Audit server = i % 2 == 0 ? one : other;
                Optional<TenantId> chain = i % 5 == 0 ? PLATFORM : A;
                String action = "act" + i;
                writers.add(() -> {
                    server.record(entry(chain, "key_1", action));
                    return true;
                });
            }
            for (Future<Boolean> written : threads.invokeAll(writers)) {
                assertThat(written.get()).isTrue();
            }
        }
        assertThat(verified(A)).satisfies(found -> {
            assertThat(found.fault()).isEmpty();
            assertThat(found.records()).isEqualTo(160);
        });
        assertThat(verified(PLATFORM).records()).isEqualTo(40);
    }

    @Test
    void recordsAreFoundByWhatTheySay() {
        store.append(List.of(entry(A, "key_1", "a"), entry(A, "key_2", "b"), entry(PLATFORM, "key_1", "a")));
        assertThat(store.read(A, 0, 10)).extracting(AuditRecord::sequence).containsExactly(1L, 2L);
        assertThat(store.read(A, 0, 10).getFirst().entry()).isEqualTo(entry(A, "key_1", "a"));
        AuditStore.Filter second = new AuditStore.Filter(
                Optional.of("key_2"),
                Optional.of("b"),
                Optional.of("'; DROP TABLE audit_records; --"),
                Optional.of(AuditEntry.Outcome.DONE),
                Optional.of(Instant.parse("2026-03-04T05:06:07.123456Z")),
                Optional.of(Instant.parse("2026-03-04T05:06:07.123457Z")));
        assertThat(store.find(A, second, Long.MAX_VALUE, 10))
                .extracting(AuditRecord::sequence)
                .containsExactly(2L);
        assertThat(store.find(A, second, 2, 10)).isEmpty();
    }

    @Test
    void serversThatTakeTurnsMakeOneChain() throws Exception {
        AuditStore other = database.auditStore();
        List<AuditEntry> both = List.of(entry(A, "key_1", "both"), entry(PLATFORM, "key_1", "both"));
        for (int round = 1; round <= 3; round++) {
            store.append(List.of(entry(A, "key_1", "one" + round)));
            store.append(both);
            store.append(List.of(entry(A, "key_1", "again" + round), entry(A, "key_1", "more" + round)));
            other.append(List.of(entry(A, "key_2", "other" + round)));
            store.append(both);
        }
        assertThat(store.read(A, 0, 100)).hasSize(18);
        assertThat(verified(A).fault()).isEmpty();
        assertThat(verified(PLATFORM).records()).isEqualTo(6);
    }

    @Test
    void whatWentInAlthoughTheAnswerWasLostIsNotRepeated() throws Exception {
        AuditStore same = database.auditStore();
        store.append(List.of(entry(A, "key_1", "first"), entry(PLATFORM, "key_1", "first")));
        // Whoever still knows the end of before appends the same behind it.
        List<AuditEntry> lost = List.of(entry(A, "key_1", "lost"), entry(PLATFORM, "key_1", "lost"));
        same.append(lost);
        store.append(lost);
        assertThat(store.read(A, 0, 10)).hasSize(2);
        assertThat(store.read(PLATFORM, 0, 10)).hasSize(2);
        assertThat(verified(A).fault()).isEmpty();

        // And with a note of what was done, which goes at the same time.
        note("act_1");
        List<AuditEntry> noted = List.of(entry(A, "key_1", "noted"));
        same.append(noted, Set.of("act_1"));
        store.append(noted, Set.of("act_1"));
        assertThat(store.read(A, 0, 10)).hasSize(3);
        assertThat(notes()).isZero();
    }

    /** Whatever the server that tries again knows of the chain's end, and whatever has come behind meanwhile. */
    @Test
    void whatIsTriedAgainAfterALostAnswerStandsThereOnce() throws Exception {
        for (boolean known : List.of(false, true)) {
            for (Set<String> noted : List.of(Set.<String>of(), Set.of("act_" + known))) {
                int before = store.read(A, 0, 100).size();
                AtomicInteger lost = new AtomicInteger(known ? 1 : 0);
                try (HikariDataSource pool = Pools.forWriting(database.connection(), "losing", 2)) {
                    AuditStore cutOff = new JdbiAuditStore(new PlatformTransactions(LostCommits.of(pool, lost)));
                    int more = known ? 1 : 0;
                    if (known) {
                        cutOff.append(List.of(entry(A, "key_1", "known"), entry(PLATFORM, "key_1", "known")));
                        lost.set(0);
                    }
                    noted.forEach(this::note);
                    List<AuditEntry> both = List.of(entry(A, "key_1", "lost"), entry(PLATFORM, "key_1", "lost"));
                    assertThatThrownBy(() -> cutOff.append(both, noted)).isInstanceOf(AgentOsException.class);
                    assertThat(lost).hasValue(1);
                    store.append(List.of(entry(A, "key_2", "meanwhile")));
                    cutOff.append(both, noted);
                    cutOff.append(List.of(entry(A, "key_1", "next")));
                    assertThat(store.read(A, 0, 100))
                            .as("known %s, noted %s", known, noted)
                            .hasSize(before + more + 3);
                    assertThat(notes()).isZero();
                }
            }
        }
        assertThat(verified(A).fault()).isEmpty();
        assertThat(verified(PLATFORM).fault()).isEmpty();
    }

    private void note(String id) {
        database.platform()
                .run(handle -> handle.createUpdate("INSERT INTO audit_acts (id, asked, at) VALUES (:id, '{}', now())")
                        .bind("id", id)
                        .execute());
    }

    private long notes() {
        return database.platform()
                .call(handle -> handle.createQuery("SELECT count(*) FROM audit_acts")
                        .mapTo(Long.class)
                        .one());
    }

    private void asOwner(String... statements) throws SQLException {
        try (Connection connection = Schema.connect(database.connection());
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    @Test
    void theDatabaseLetsNobodyChangeARecord() {
        store.append(List.of(entry(A, "key_1", "a")));
        for (String change : List.of(
                "UPDATE agentos.audit_records SET actor = 'x'",
                "DELETE FROM agentos.audit_records",
                "TRUNCATE agentos.audit_records",
                "UPDATE agentos.audit_checkpoints SET hash = 'x'",
                "DELETE FROM agentos.audit_checkpoints",
                "TRUNCATE agentos.audit_checkpoints")) {
            assertThatThrownBy(() -> asOwner("SET ROLE agentos_platform", change))
                    .isInstanceOf(SQLException.class);
        }
        assertThatThrownBy(() -> asOwner("TRUNCATE agentos.audit_records"))
                .as("the owner")
                .hasMessageContaining("never changed or removed");
    }

    @Test
    void whoDoesItAllTheSameIsFoundOut() throws Exception {
        List<AuditEntry> entries = new ArrayList<>();
        for (int i = 1; i <= 1_500; i++) {
            entries.add(entry(A, "key_1", "act" + i));
        }
        store.append(entries);
        assertThat(verified(A).fault()).isEmpty();
        asOwner(
                "ALTER TABLE agentos.audit_records NO FORCE ROW LEVEL SECURITY",
                "ALTER TABLE agentos.audit_records DISABLE TRIGGER ALL",
                "UPDATE agentos.audit_records SET entry = replace(entry, 'act1234', 'act0000') WHERE sequence = 1234");
        assertThat(verified(A).fault()).hasValueSatisfying(fault -> {
            assertThat(fault.sequence()).isEqualTo(1234);
            assertThat(fault.what()).contains("altered");
        });
        asOwner("DELETE FROM agentos.audit_records WHERE sequence >= 1234");
        assertThat(verified(A).fault())
                .hasValueSatisfying(fault -> assertThat(fault.what()).contains("from here to 1500 are missing"));
    }

    /** As its owner, who has taken off what keeps the tables from changes. */
    private void untied(String... statements) throws SQLException {
        asOwner(
                "ALTER TABLE agentos.audit_records NO FORCE ROW LEVEL SECURITY",
                "ALTER TABLE agentos.audit_chains NO FORCE ROW LEVEL SECURITY",
                "ALTER TABLE agentos.audit_checkpoints NO FORCE ROW LEVEL SECURITY",
                "ALTER TABLE agentos.audit_records DISABLE TRIGGER ALL",
                "ALTER TABLE agentos.audit_checkpoints DISABLE TRIGGER ALL");
        asOwner(statements);
    }

    @Test
    void aRecordThatIsHiddenFromASearchIsNamed() throws Exception {
        store.append(List.of(entry(A, "key_1", "a"), entry(A, "key_2", "b"), entry(A, "key_1", "c")));
        for (String column : List.of("actor = 'x'", "action = 'x'", "outcome = 'x'", "at = at + interval '1 second'")) {
            untied("UPDATE agentos.audit_records SET " + column + " WHERE sequence = 2");
            assertThat(verified(A).fault()).as(column).hasValueSatisfying(fault -> {
                assertThat(fault.sequence()).isEqualTo(2);
                assertThat(fault.what()).contains("found by");
            });
            asOwner("UPDATE agentos.audit_records SET actor = 'key_2', action = 'b', outcome = 'DONE',"
                    + " at = '2026-03-04T05:06:07.123456Z' WHERE sequence = 2");
            assertThat(verified(A).fault()).isEmpty();
        }
    }

    @Test
    void anUnreadableEntryIsNamedAndDoesNotHideTheOthers() throws Exception {
        store.append(List.of(entry(A, "key_1", "a"), entry(A, "key_1", "b"), entry(A, "key_1", "c")));
        untied("UPDATE agentos.audit_records SET entry = 'nothing of JSON' WHERE sequence = 2");
        assertThat(store.find(A, AuditStore.Filter.ALL, Long.MAX_VALUE, 10))
                .extracting(record -> record.entry().action())
                .containsExactly("c", "", "a");
        assertThat(verified(A).fault())
                .hasValueSatisfying(fault -> assertThat(fault.sequence()).isEqualTo(2));
    }

    @Test
    void checkpointsAreKeptToTheMicrosecondAndApartForEachChain() throws Exception {
        store.append(List.of(entry(A, "key_1", "a"), entry(PLATFORM, "key_1", "a")));
        assertThat(checkpoints.makeDue(Instant.parse("2026-03-04T05:00:00Z"))).isEqualTo(2);
        assertThat(checkpoints.makeDue(Instant.parse("2026-03-04T05:00:00Z"))).isZero();
        AuditCheckpoint made = checkpoints.make(A);
        assertThat(made.at()).isEqualTo(Instant.parse("2026-03-04T06:00:00.654321Z"));
        assertThat(checkpoints.list(A, Long.MAX_VALUE, 10)).containsExactly(made);
        assertThat(checkpoints.list(PLATFORM, Long.MAX_VALUE, 10)).hasSize(1);
        assertThat(verified(A)).satisfies(found -> {
            assertThat(found.fault()).isEmpty();
            assertThat(found.checkpoints()).isEqualTo(1);
        });
    }

    @Test
    void aChainThatWasCutOffIsFoundOutByItsCheckpoint() throws Exception {
        store.append(List.of(entry(A, "key_1", "a"), entry(A, "key_1", "b"), entry(A, "key_1", "c")));
        checkpoints.make(A);
        untied(
                "DELETE FROM agentos.audit_records WHERE sequence = 3",
                "UPDATE agentos.audit_chains SET sequence = 2,"
                        + " hash = (SELECT hash FROM agentos.audit_records WHERE sequence = 2)");
        assertThat(verified(A).fault()).hasValueSatisfying(fault -> {
            assertThat(fault.sequence()).isEqualTo(3);
            assertThat(fault.what()).contains("cut off");
        });
        asOwner("UPDATE agentos.audit_checkpoints SET sequence = 2");
        assertThat(verified(A).fault())
                .hasValueSatisfying(fault -> assertThat(fault.what()).contains("signature"));
    }

    @Test
    void aRecordBehindTheEndIsFoundOut() throws Exception {
        store.append(List.of(entry(A, "key_1", "a"), entry(A, "key_1", "b")));
        untied("UPDATE agentos.audit_chains SET sequence = 1,"
                + " hash = (SELECT hash FROM agentos.audit_records WHERE sequence = 1)");
        assertThat(verified(A).fault())
                .hasValueSatisfying(fault -> assertThat(fault.sequence()).isEqualTo(2));
        asOwner("DELETE FROM agentos.audit_chains");
        assertThat(verified(A).fault()).isPresent();
    }

    @Test
    void aTargetIsFoundBehindDetailsOfThatName() {
        JsonObject target = JsonObject.of("target", JsonObject.of("x", "y"));
        store.append(List.of(new AuditEntry(
                A,
                Instant.parse("2026-03-04T05:06:07.123456Z"),
                "key_1",
                "act",
                JsonObject.of("name", "mail"),
                AuditEntry.Outcome.DONE,
                JsonObject.of("after", target))));
        assertThat(store.find(A, ofTarget("mail"), Long.MAX_VALUE, 10)).hasSize(1);
        assertThat(store.find(A, ofTarget("y"), Long.MAX_VALUE, 10)).isEmpty();
    }

    private static AuditStore.Filter ofTarget(String name) {
        return new AuditStore.Filter(
                Optional.empty(),
                Optional.empty(),
                Optional.of(name),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    @Test
    void recordsAreFoundByWhateverTheirTargetIs() throws Exception {
        List<String> names = List.of(
                "plain", "qu\"ote", "back\\slash", "\",\"x\":\"plain", "%_", "\uD83D\uDE00 ü\n", "\"target\":{");
        for (String name : names) {
            store.append(List.of(new AuditEntry(
                    A,
                    Instant.parse("2026-03-04T05:06:07.123456Z"),
                    "key_1",
                    "act",
                    JsonObject.of("name", name),
                    AuditEntry.Outcome.DONE,
                    JsonObject.of("reason", "\"target\":{\"name\":\"plain\"}"))));
        }
        for (String name : names) {
            AuditStore.Filter filter = ofTarget(name);
            assertThat(store.find(A, filter, Long.MAX_VALUE, 10))
                    .as(name)
                    .singleElement()
                    .satisfies(record ->
                            assertThat(record.entry().target().text("name")).contains(name));
            assertThat(store.kept(A, filter, 0, 10)).as(name).hasSize(1);
        }
        assertThat(verified(A).fault()).isEmpty();
    }
}
