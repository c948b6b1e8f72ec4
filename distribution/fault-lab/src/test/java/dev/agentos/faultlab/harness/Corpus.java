package dev.agentos.faultlab.harness;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;

/**
 * What a release has stored: the rows of executions in every state, and how each of them must end. Kept as
 * {@code corpus/RELEASE.json}: {@code schema} (the last migration of the release), {@code tables} (in the order in
 * which they are filled, each row as JSON of PostgreSQL's making) and {@code ends}.
 */
public record Corpus(String release, String schema, JsonObject tables, JsonObject ends) {

    /** What belongs to an execution; in an order that foreign keys allow. */
    private static final List<String> TABLES =
            List.of("tenants", "graphs", "graph_versions", "sessions", "executions", "execution_log");

    /** One for each release that is kept. */
    public static List<Corpus> all() {
        URL folder = Corpus.class.getResource("/corpus");
        if (folder == null) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(Path.of(folder.toURI()))) {
            return files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .map(Corpus::read)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Corpus read(Path file) {
        try {
            JsonObject json = Json.parseObject(Files.readString(file));
            return new Corpus(
                    file.getFileName().toString().replace(".json", ""),
                    json.text("schema").orElseThrow(),
                    json.object("tables").orElseThrow(),
                    json.object("ends").orElseThrow());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads what a database holds now. */
    public static Corpus of(String release, Sql sql, Map<String, JsonObject> ends) {
        Map<String, JsonValue> tables = new LinkedHashMap<>();
        for (String table : TABLES) {
            List<JsonObject> rows = new ArrayList<>();
            sql.rows("SELECT to_jsonb(t) FROM agentos." + table + " t ORDER BY 1::text")
                    .forEach(row -> rows.add(Json.parseObject(row)));
            tables.put(table, JsonValue.of(rows));
        }
        Map<String, JsonValue> wanted = new LinkedHashMap<>(ends);
        return new Corpus(
                release,
                sql.rows("SELECT max(version::int) FROM agentos.flyway_schema_history")
                        .getFirst(),
                new JsonObject(tables),
                new JsonObject(wanted));
    }

    /** Writes it where it is kept. */
    public void write(Path folder) {
        try {
            Files.createDirectories(folder);
            Files.writeString(
                    folder.resolve(release + ".json"),
                    Json.write(JsonObject.of("schema", schema, "tables", tables, "ends", ends)) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Fills an empty database with what the release had stored, in the release's own schema. */
    public void restore(Postgres postgres) {
        Postgres.Login owner = postgres.owner();
        for (String role : List.of("agentos_app", "agentos_platform")) {
            postgres.sql().run("CREATE ROLE " + role + " NOLOGIN NOINHERIT");
            postgres.sql().run("GRANT " + role + " TO " + owner.user() + " WITH INHERIT FALSE, SET TRUE");
        }
        Flyway.configure(Postgres.class.getClassLoader())
                .dataSource(postgres.url(postgres.port()), owner.user(), owner.password())
                .schemas("agentos")
                .defaultSchema("agentos")
                .locations("classpath:db/migration")
                .loggers("slf4j")
                .target(schema)
                .load()
                .migrate();
        Sql sql = postgres.sql();
        tables.members().forEach((table, rows) -> {
            for (JsonValue row : ((dev.agentos.spi.JsonArray) rows)) {
                sql.run(
                        "INSERT INTO agentos." + table + " OVERRIDING SYSTEM VALUE"
                                + " SELECT * FROM jsonb_populate_record(NULL::agentos." + table + ", ?::jsonb)",
                        Json.write(row));
            }
        });
    }
}
