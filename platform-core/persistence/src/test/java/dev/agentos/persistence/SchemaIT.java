package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.postgres.DatabaseErrorCode;
import dev.agentos.spi.AgentOsException;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a start makes of the schema that it finds. */
@Tag("each-postgresql")
final class SchemaIT {

    private final DatabaseConfig.External config = PostgresFixture.create();

    @BeforeEach
    void migrate() {
        Schema.prepare(config);
    }

    @Test
    void anEmptyDatabaseIsNotComplete() throws SQLException {
        assertThat(complete(PostgresFixture.create())).isFalse();
    }

    @Test
    void whatWasMigratedIsCompleteAndStaysAsItIs() throws SQLException {
        assertThat(complete(config)).isTrue();
        Schema.prepare(config);
        assertThat(complete(config)).isTrue();
    }

    @Test
    void whatIsMissingIsMade() throws SQLException {
        execute("DROP TABLE agentos.plugins CASCADE", "DROP SCHEMA agentos CASCADE", "CREATE SCHEMA agentos");
        assertThat(complete(config)).isFalse();
        Schema.prepare(config);
        assertThat(complete(config)).isTrue();
    }

    @Test
    void aMigrationThatWasAlteredIsRefused() throws SQLException {
        execute("UPDATE agentos.flyway_schema_history SET checksum = checksum + 1 WHERE version = '2'");
        refused("checksum");
    }

    @Test
    void aMigrationThatFailedIsRefused() throws SQLException {
        execute("UPDATE agentos.flyway_schema_history SET success = false WHERE version = '4'");
        refused("failed");
    }

    @Test
    void aSchemaOfANewerReleaseIsRefused() throws SQLException {
        execute("INSERT INTO agentos.flyway_schema_history (installed_rank, version, description, type, script,"
                + " checksum, installed_by, execution_time, success) VALUES (99, '999', 'later', 'SQL',"
                + " 'V999__later.sql', 1, 'somebody', 1, true)");
        refused("999");
    }

    private void refused(String reason) throws SQLException {
        assertThat(complete(config)).isFalse();
        assertThatThrownBy(() -> Schema.prepare(config)).isInstanceOfSatisfying(AgentOsException.class, e -> {
            assertThat(e.errorCode()).isEqualTo(DatabaseErrorCode.MIGRATION_FAILED);
            assertThat(e).hasMessageContaining(reason);
        });
    }

    private static boolean complete(DatabaseConfig.External config) throws SQLException {
        try (Connection connection = Schema.connect(config)) {
            return AppliedMigrations.complete(connection);
        }
    }

    private void execute(String... statements) throws SQLException {
        try (Connection connection = Schema.connect(config);
                var statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
