package dev.agentos.stores;

import dev.agentos.kernel.Json;
import dev.agentos.pluginruntime.consent.PluginUses;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

/**
 * Finds who would miss a plugin, in PostgreSQL. It is asked before a plugin goes and never on the way of a call: it
 * looks through the text of every stored graph rather than keep a list that each save would have to write.
 */
public final class JdbiPluginUses implements PluginUses {

    /** Definitions at a time, of which each may have some MB. */
    private static final int FETCHED = 5;

    /** Texts of a graph that a reader reads and no server does. */
    private static final Set<String> PROSE = Set.of("id", "label", "description");

    /** Whether a text contains one of those that a plugin is named by. */
    private static final String CONTAINS =
            "EXISTS (SELECT FROM unnest(:texts) AS named(text) WHERE position(named.text IN CAST(%s AS text)) > 0)";

    /** The versions of graphs that name the plugin themselves, and those that contain one that does. */
    private static final String NAMING = """
        WITH RECURSIVE containing AS (
            SELECT v.graph_id, v.version, inner_one.value ->> 'id' AS inner_id,
                   CAST(inner_one.value ->> 'version' AS integer) AS inner_version
              FROM graph_versions v, json_each(v.subgraphs) inner_one),
        naming (graph_id, version) AS (
            SELECT given.id COLLATE "C", given.version FROM unnest(:graphs, :versions) AS given(id, version)
            UNION
            SELECT c.graph_id, c.version FROM containing c
              JOIN naming n ON n.graph_id = c.inner_id AND n.version = c.inner_version)
        """;

    private final Connections connections;

    /** Over those connections. */
    public JdbiPluginUses(Connections connections) {
        this.connections = connections;
    }

    private record Version(String graph, int version) {}

    private record Row(Named named, long count) {}

    @Override
    public List<Use> of(Offer offer) {
        return connections.asPlatform(handle -> {
            List<Version> naming = naming(handle, offer);
            List<Use> found = new ArrayList<>();
            add(found, Kind.TENANT, tenants(handle, offer));
            add(found, Kind.GRAPH, graphs(handle, offer, naming));
            policies(handle, offer).ifPresent(found::add);
            add(found, Kind.EXECUTION, executions(handle, offer, naming));
            add(found, Kind.SESSION, sessions(handle, offer, naming));
            return found;
        });
    }

    private static void add(List<Use> found, Kind kind, List<Row> rows) {
        if (!rows.isEmpty()) {
            found.add(new Use(
                    kind, rows.getFirst().count(), rows.stream().map(Row::named).toList()));
        }
    }

    /** The versions of stored graphs that name what is offered. */
    private static List<Version> naming(Handle handle, Offer offer) {
        List<Version> found = new ArrayList<>();
        try (Stream<Optional<Version>> versions = handle
                .createQuery("SELECT graph_id, version, definition FROM graph_versions WHERE "
                        + CONTAINS.formatted("definition"))
                .bindArray("texts", String.class, texts(offer))
                .setFetchSize(FETCHED)
                .map((row, context) -> names(Json.parseObject(row.getString("definition")), offer)
                        ? Optional.of(new Version(row.getString("graph_id"), row.getInt("version")))
                        : Optional.<Version>empty())
                .stream()) {
            versions.forEach(version -> version.ifPresent(found::add));
        }
        return found;
    }

    /** How names stand in JSON: whole, or as the beginning of a text. */
    private static List<String> texts(Offer offer) {
        Set<String> texts = new TreeSet<>();
        offer.names().forEach(name -> texts.add("\"" + name + "\""));
        offer.prefixes().forEach(prefix -> texts.add("\"" + prefix));
        return List.copyOf(texts);
    }

    private static boolean names(JsonValue value, Offer offer) {
        return switch (value) {
            case JsonString(String text) ->
                offer.names().contains(text)
                        || offer.prefixes().stream().anyMatch(prefix -> text.startsWith(prefix) && isOneWord(text));
            case JsonArray items -> items.items().stream().anyMatch(item -> names(item, offer));
            case JsonObject object ->
                object.members().entrySet().stream()
                        .anyMatch(member -> !PROSE.contains(member.getKey()) && names(member.getValue(), offer));
            default -> false;
        };
    }

    private static boolean isOneWord(String text) {
        return text.chars().noneMatch(Character::isWhitespace);
    }

    private static List<Row> tenants(Handle handle, Offer offer) {
        return rows(handle.createQuery("""
            SELECT tenant_id AS tenant, tenant_id AS id, CAST(NULL AS text) AS name, count(*) OVER () AS found
              FROM (SELECT tenant_id FROM tenant_packs WHERE pack = :plugin OR %s
                    UNION
                    SELECT tenant_id FROM tenant_plugins WHERE plugin = :plugin AND enabled) using_it
             ORDER BY tenant_id LIMIT :most
            """.formatted(CONTAINS.formatted("configuration")))
                .bind("plugin", offer.plugin())
                .bindArray("texts", String.class, texts(offer)));
    }

    /** What a pack brings along itself is no user of it. */
    private static List<Row> graphs(Handle handle, Offer offer, List<Version> naming) {
        return rows(bound(handle, NAMING + """
            SELECT g.tenant_id AS tenant, g.id, g.name, count(*) OVER () AS found
              FROM graphs g JOIN naming n ON n.graph_id = g.id AND n.version = g.latest
             WHERE g.deleted_at IS NULL AND g.origin <> :plugin
             ORDER BY g.tenant_id, g.id LIMIT :most
            """, offer, naming));
    }

    /** Rules that need a model: without it, what is judged does not pass, and what is sent there fails. */
    private static Optional<Use> policies(Handle handle, Offer offer) {
        List<Named> found = handle
                .createQuery("""
                    SELECT tenant_id, name, document
                      FROM (SELECT DISTINCT ON (tenant_id, name) tenant_id, name, document FROM policies
                             ORDER BY tenant_id, name, version DESC) latest
                     WHERE document IS NOT NULL AND %s
                     ORDER BY tenant_id NULLS FIRST, name
                    """.formatted(CONTAINS.formatted("document")))
                .bindArray("texts", String.class, texts(offer))
                .map((row, context) -> asks(Json.parseStoredObject(row.getString("document")), offer)
                        ? Optional.of(new Named(
                                Optional.ofNullable(row.getString("tenant_id")),
                                row.getString("name"),
                                Optional.empty()))
                        : Optional.<Named>empty())
                .stream()
                .flatMap(Optional::stream)
                .toList();
        return found.isEmpty()
                ? Optional.empty()
                : Optional.of(new Use(
                        Kind.POLICY,
                        found.size(),
                        found.stream().limit(MOST_NAMED).toList()));
    }

    private static boolean asks(JsonObject policy, Offer offer) {
        return policy.array("rules").orElse(JsonArray.EMPTY).items().stream()
                .filter(JsonObject.class::isInstance)
                .map(JsonObject.class::cast)
                .flatMap(rule -> Stream.concat(
                        rule.object("route").stream(),
                        rule.object("check").flatMap(check -> check.object("judge")).stream()))
                .flatMap(asked -> Stream.of("model", "models").flatMap(name -> asked.member(name).stream()))
                .anyMatch(models -> names(models, offer));
    }

    private static List<Row> executions(Handle handle, Offer offer, List<Version> naming) {
        return rows(bound(handle, NAMING + """
            SELECT e.tenant_id AS tenant, e.id, CAST(NULL AS text) AS name, count(*) OVER () AS found
              FROM executions e
             WHERE e.state IN ('HELD', 'QUEUED', 'RUNNING', 'WAITING')
               AND (starts_with(e.agent, :plugin || '/') OR %s
                    OR (e.graph_id, e.graph_version) IN (SELECT graph_id, version FROM naming))
             ORDER BY e.tenant_id, e.id LIMIT :most
            """.formatted(CONTAINS.formatted("e.configuration")), offer, naming)
                .bindArray("texts", String.class, texts(offer)));
    }

    /** What a session has to go on with is pinned, whether or not an execution of it is under way. */
    private static List<Row> sessions(Handle handle, Offer offer, List<Version> naming) {
        return rows(bound(handle, NAMING + """
            SELECT s.tenant_id AS tenant, s.id, CAST(NULL AS text) AS name, count(*) OVER () AS found
              FROM sessions s
             WHERE starts_with(s.agent, :plugin || '/')
                OR (s.graph_id, s.graph_version) IN (SELECT graph_id, version FROM naming)
             ORDER BY s.tenant_id, s.id LIMIT :most
            """, offer, naming));
    }

    private static Query bound(Handle handle, String sql, Offer offer, List<Version> naming) {
        return handle.createQuery(sql)
                .bind("plugin", offer.plugin())
                .bindArray(
                        "graphs",
                        String.class,
                        naming.stream().map(Version::graph).toList())
                .bindArray(
                        "versions",
                        Integer.class,
                        naming.stream().map(Version::version).toList());
    }

    private static List<Row> rows(Query query) {
        return query.bind("most", MOST_NAMED)
                .map((row, context) -> new Row(
                        new Named(
                                Optional.of(row.getString("tenant")),
                                row.getString("id"),
                                Optional.ofNullable(row.getString("name"))),
                        row.getLong("found")))
                .list();
    }
}
