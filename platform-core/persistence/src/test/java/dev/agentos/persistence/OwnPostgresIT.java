package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Ids;
import dev.agentos.postgres.DatabaseErrorCode;
import dev.agentos.postgres.InstalledPostgres;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.Tenant;
import dev.agentos.tenancy.TenantId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A database that its administrator prepared by the documentation, on a cluster that nobody prepared further. */
class OwnPostgresIT {

    private static final Path PAGE = Path.of("..", "..", "docs", "how-to", "use-your-own-postgresql.md");

    private final InstalledPostgres postgres = InstalledPostgres.start();

    @AfterEach
    void close() {
        postgres.close();
    }

    static List<String> documented() throws IOException {
        return Pattern.compile("(?s)```sql\n(.*?)```")
                .matcher(Files.readString(PAGE))
                .results()
                .map(block -> block.group(1))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("documented")
    void theDocumentedStatementsAreEnough(String sql) {
        postgres.administer(sql.strip().split(";\\s*"));

        try (Database database = Database.open(login(), Ids.system())) {
            Tenant tenant = new Tenant(new TenantId("tnt_a"), "acme", Instant.parse("2026-01-01T00:00:00Z"));
            database.tenantStore().insert(tenant);
            assertThat(database.tenantStore().find(tenant.id())).contains(tenant);
        }
        try (Database again = Database.open(login(), Ids.system())) {
            assertThat(again.tenantStore().find(new TenantId("tnt_a"))).isPresent();
        }
    }

    @Test
    void aMissingRightIsNamedWithTheStatementThatGivesIt() {
        postgres.administer(
                "CREATE ROLE agentos LOGIN NOINHERIT PASSWORD 'choose one'", "CREATE DATABASE agentos OWNER agentos");

        assertThatThrownBy(() -> Database.open(login(), Ids.system()))
                .isInstanceOfSatisfying(AgentOsException.class, e -> {
                    assertThat(e.errorCode()).isEqualTo(DatabaseErrorCode.ROLES_MISSING);
                    assertThat(e.action()).contains("CREATE ROLE agentos_app");
                });
    }

    private DatabaseConfig.External login() {
        return new DatabaseConfig.External(postgres.url("agentos"), "agentos", "choose one");
    }
}
