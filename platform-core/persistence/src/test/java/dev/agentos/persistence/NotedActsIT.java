package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.audit.Act;
import dev.agentos.audit.Audit;
import dev.agentos.audit.AuditCheckpoints;
import dev.agentos.audit.AuditEntry;
import dev.agentos.audit.AuditKey;
import dev.agentos.audit.AuditRecord;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.Json;
import dev.agentos.policy.Policies;
import dev.agentos.policy.PolicyDocument;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Tenant;
import dev.agentos.tenancy.TenantId;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Changes whose server ends between the change and its record; two servers on one database. */
@Timeout(60)
class NotedActsIT {

    private static final TenantId A = new TenantId("tnt_a");
    private static final PolicyDocument RULES = PolicyDocument.read(Json.parseObject("""
        {"rules": [{"id": "no", "point": "tool", "effect": "DENY", "reason": "Not now."}]}\
        """));
    private static final String KEY = "ghp_" + "a1B2".repeat(9);
    private static final JsonObject ASKED = JsonObject.of(
            "actor",
            "key_1",
            "action",
            "putPolicy",
            "target",
            JsonObject.of("name", "mail"),
            "traceId",
            "4bf92f3577b34da6a3ce929d0e0e4736",
            "tenant",
            A.value(),
            "before",
            JsonObject.of("description", "with " + KEY + " in it"));

    private final DatabaseConfig.External config = PostgresFixture.migrated();
    private final Ids ids = Ids.system();
    private final Database ended = Database.open(config, ids);
    private final Database other = Database.open(config, ids);
    private final Policies policies = new Policies(ended.policyStore(), InstantSource.system());

    @BeforeEach
    void tenant() {
        ended.tenantStore().insert(new Tenant(A, "a", Instant.EPOCH));
    }

    @AfterEach
    void close() {
        ended.close();
        other.close();
    }

    private void put(long seen) {
        policies.put(Optional.of(A), "mail", RULES, seen, new Policies.Author("key_1", Optional.empty()), false);
    }

    private Audit audit(Database database) {
        return new Audit(
                database.auditStore(),
                Duration.ofSeconds(5),
                new AuditCheckpoints(database.auditStore(), AuditKey.fresh(), InstantSource.system()));
    }

    private List<AuditEntry> recorded() {
        return other.auditStore().read(Optional.of(A), 0, 100).stream()
                .map(AuditRecord::entry)
                .toList();
    }

    /** Work of a request, after which its server ends without a record. */
    private Optional<String> during(Runnable work) throws InterruptedException {
        try (Audit audit = audit(ended)) {
            return during(audit, work);
        }
    }

    private Optional<String> during(Audit audit, Runnable work) {
        return audit.during(() -> {
            Act.begin(new Act.Note(ids.next("act"), ASKED));
            work.run();
            return Act.kept();
        });
    }

    private void letAMinutePass() {
        try (Connection connection = DriverManager.getConnection(config.url(), config.user(), config.password());
                Statement statement = connection.createStatement()) {
            statement.execute("SET ROLE agentos_platform");
            statement.execute("UPDATE agentos.audit_acts SET alive_at = alive_at - interval '61 seconds'");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void anotherServerRecordsWhatWasChangedOnce() throws Exception {
        assertThat(during(() -> put(0))).isPresent();
        try (Audit alive = audit(other);
                Audit third = audit(ended)) {
            alive.sweep(Duration.ofMinutes(1));
            assertThat(recorded()).as("its server may still record it").isEmpty();
            IntStream.range(0, 8).parallel().forEach(i -> (i % 2 == 0 ? alive : third).sweep(Duration.ZERO));
            assertThat(recorded()).singleElement().satisfies(entry -> {
                assertThat(entry.actor()).isEqualTo("key_1");
                assertThat(entry.action()).isEqualTo("putPolicy");
                assertThat(entry.target()).isEqualTo(JsonObject.of("name", "mail"));
                assertThat(entry.outcome()).isEqualTo(AuditEntry.Outcome.DONE);
                assertThat(entry.details().text("interrupted")).contains("true");
                assertThat(entry.details().text("traceId")).isEqualTo(ASKED.text("traceId"));
                assertThat(entry.details().toString()).contains("before").doesNotContain(KEY);
            });
            assertThat(alive.verify(Optional.of(A), Optional.empty()).fault()).isEmpty();
        }
    }

    @Test
    void aChangeThatTakesLongIsNotTakenForAbandoned() throws Exception {
        Duration minute = Duration.ofMinutes(1);
        try (Audit slow = audit(ended);
                Audit alive = audit(other)) {
            during(slow, () -> {
                put(0);
                for (int i = 0; i < 2; i++) {
                    letAMinutePass();
                    slow.sweep(minute);
                    alive.sweep(minute);
                    assertThat(recorded()).as("its server is at it").isEmpty();
                }
            });
            letAMinutePass();
            slow.sweep(minute);
            assertThat(recorded()).as("it has ended without a record").hasSize(1);
        }
    }

    @Test
    void theRecordTakesTheNoteAway() throws Exception {
        try (Audit audit = audit(ended)) {
            audit.during(() -> {
                Act.begin(new Act.Note(ids.next("act"), ASKED));
                put(0);
                put(1);
                assertThat(Act.unkept()).as("one note is enough").isEmpty();
                audit.record(new AuditEntry(
                        Optional.of(A),
                        Instant.now(),
                        "key_1",
                        "putPolicy",
                        JsonObject.of("name", "mail"),
                        AuditEntry.Outcome.DONE,
                        JsonObject.of("status", "200")));
                return true;
            });
            audit.sweep(Duration.ZERO);
        }
        assertThat(recorded())
                .singleElement()
                .satisfies(entry -> assertThat(entry.details()).isEqualTo(JsonObject.of("status", "200")));
    }

    @Test
    void whatChangesNothingLeavesNoNote() throws Exception {
        assertThat(during(() -> ended.operationStore("node_a").find("op_none"))).isEmpty();
        assertThat(during(() -> assertThatThrownBy(() -> put(7)).isInstanceOf(AgentOsException.class)))
                .isEmpty();
        put(0);
        try (Audit alive = audit(other)) {
            alive.sweep(Duration.ZERO);
        }
        assertThat(recorded()).as("nor what no request has asked for").isEmpty();
    }
}
