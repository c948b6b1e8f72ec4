package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.identity.Accounts;
import dev.agentos.identity.Logins;
import dev.agentos.identity.Passwords;
import dev.agentos.kernel.Ids;
import dev.agentos.tenancy.ApiKeys;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.Roles;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.Tenants;
import dev.agentos.tenancy.User;
import dev.agentos.tenancy.Users;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever has a dump of the whole database has none of the secrets that were put into it. */
class SecretsDumpIT {

    private static final Principal ROOT =
            new Principal("key_root", "root", Optional.empty(), EnumSet.allOf(Scope.class));

    /** Kept in the clear: what shows that the search finds something. */
    private static final String CONTROL = "control-in-the-clear";

    @TempDir
    private Path directory;

    private final DatabaseConfig.External config = PostgresFixture.migrated();
    private final Database database = Database.open(config, Ids.system());
    private final Map<String, String> canaries = new LinkedHashMap<>();

    @AfterEach
    void close() {
        database.close();
    }

    /** Puts in one of each kind of secret. */
    private TenantId fill(SecretsFixture secrets) {
        Ids ids = Ids.system();
        InstantSource clock = InstantSource.system();
        TenantId tenant =
                new Tenants(database.tenantStore(), ids, clock).create(CONTROL).id();
        Users users = new Users(database.userStore(), new Roles(database.roleStore()), ids, clock);
        canaries.put("secret of a plugin", "canary-plugin-secret");
        secrets.secret(tenant, "TOKEN", "canary-plugin-secret");
        canaries.put("value behind a token", "canary.person@example.com");
        assertThat(secrets.tokens(tenant, "canary.person@example.com")).hasSize(1);
        canaries.put(
                "API key",
                new ApiKeys(database.apiKeyStore(), users, ids, clock)
                        .create(Optional.of(tenant), CONTROL, EnumSet.of(Scope.EXECUTIONS_READ), Optional.empty())
                        .secret());
        Logins logins = new Logins(database.loginStore(), users, ids, clock);
        Accounts accounts = new Accounts(
                database.accountStore(),
                database.loginStore(),
                logins,
                new Passwords(new SecureRandom()),
                users,
                ids,
                clock);
        User person = users.invite(ROOT, Optional.of(tenant), "Ann", "ann@example.org", Set.of("viewer"));
        String invitation = accounts.invite(ROOT, person).token();
        canaries.put("invitation", invitation);
        canaries.put("password", "canary-password-of-ann");
        accounts.accept(invitation, "canary-password-of-ann", "127.0.0.1");
        Logins.Begun login =
                accounts.login("ann@example.org", "canary-password-of-ann", Optional.of(tenant), "127.0.0.1");
        canaries.put("login", login.secret());
        return tenant;
    }

    /** Every column of every row of every table, as text. */
    private List<String> dump() throws SQLException {
        List<String> dump = new ArrayList<>();
        try (Connection connection = Schema.connect(config);
                var statement = connection.createStatement()) {
            List<String> tables = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery(
                    "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid ="
                            + " c.relnamespace WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <>"
                            + " 'information_schema'")) {
                while (rows.next()) {
                    tables.add(rows.getString(1));
                }
            }
            assertThat(tables).contains("agentos.data_keys", "agentos.users", "agentos.redaction_tokens");
            for (String table : tables) {
                // The owner sees rows of tenants only without this.
                statement.execute("ALTER TABLE " + table + " NO FORCE ROW LEVEL SECURITY");
                try (ResultSet rows = statement.executeQuery("SELECT t::text FROM " + table + " t")) {
                    while (rows.next()) {
                        dump.add(table + " " + rows.getString(1));
                    }
                }
            }
        }
        return dump;
    }

    /** The rows in which a text stands, as it is, in hexadecimal as bytes are written, or in Base64. */
    private static List<String> found(List<String> dump, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        String base64 = Base64.getEncoder().withoutPadding().encodeToString(bytes);
        List<String> forms = List.of(
                text,
                HexFormat.of().formatHex(bytes),
                // The last characters depend on what follows.
                base64.substring(0, base64.length() - 2));
        return dump.stream()
                .filter(row -> forms.stream().anyMatch(row::contains))
                .toList();
    }

    private void assertHidden() throws SQLException {
        List<String> dump = dump();
        assertThat(found(dump, CONTROL))
                .as("the search finds what is in the clear")
                .hasSizeGreaterThanOrEqualTo(2);
        canaries.forEach((kind, canary) ->
                assertThat(found(dump, canary)).as("rows that tell the " + kind).isEmpty());
    }

    @Test
    void aDumpTellsNoSecretBeforeOrAfterARotation() throws SQLException, IOException, InterruptedException {
        SecretsFixture secrets = new SecretsFixture(database, Files.createDirectories(directory), "a");
        canaries.put(
                "key-encryption key",
                Files.readString(directory.resolve("secrets.key")).strip());
        TenantId tenant = fill(secrets);
        assertHidden();
        secrets.run(secrets.rotations.start(SecretsFixture.KEK));
        secrets.run(secrets.rotations.start(SecretsFixture.ALL));
        Files.readAllLines(directory.resolve("secrets.key"))
                .forEach(key -> canaries.put("key-encryption key " + canaries.size(), key));
        assertHidden();
        secrets.rotations.retire(false);
        assertHidden();
        assertThat(secrets.open(tenant, "TOKEN")).isEqualTo("canary-plugin-secret");
    }

    @Test
    void theSearchFindsAllThreeForms() throws SQLException {
        try (Connection connection = Schema.connect(config);
                var statement = connection.createStatement()) {
            statement.execute(
                    "CREATE TABLE agentos.probe AS SELECT 'abc-text'::text AS a, '{\"x\": [\"abc-json\"]}'::json AS b,"
                            + " convert_to('abc-bytes', 'UTF8') AS c, encode(convert_to('xxxabc-base64xx', 'UTF8'),"
                            + " 'base64') AS d, ARRAY['abc-array'] AS e");
        }
        List<String> dump = dump();
        for (String text : List.of("abc-text", "abc-json", "abc-bytes", "abc-base64", "abc-array")) {
            assertThat(found(dump, text)).as(text).hasSize(1);
        }
    }
}
