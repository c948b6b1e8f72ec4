package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.graph.GraphReference;
import dev.agentos.graph.StoredGraph;
import dev.agentos.invocation.TenantPlugin;
import dev.agentos.invocation.TenantPluginStore;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.Json;
import dev.agentos.pluginruntime.consent.PluginUses;
import dev.agentos.pluginruntime.consent.PluginUses.Kind;
import dev.agentos.pluginruntime.consent.PluginUses.Named;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who names what a plugin offers, on a real PostgreSQL. */
class JdbiPluginUsesIT {

    private static final Instant THEN = Instant.parse("2026-01-01T00:00:00Z");
    private static final Ids IDS = Ids.system();

    /** A name of its own for each test: they share a database. */
    private final String word = "p" + IDS.next("x").substring(18).toLowerCase(Locale.ROOT);

    private final Database database = PostgresFixture.open();
    private final TenantId one = ExecutionFixture.newTenant(database);
    private final TenantId two = ExecutionFixture.newTenant(database);
    private final PluginUses.Offer offer =
            new PluginUses.Offer(word, Set.of(word + ".say", word + ".ask"), Set.of(word + "-models"));

    @AfterEach
    void close() {
        // What is the platform's would be in force for others' tests.
        database.platform()
                .run(handle ->
                        handle.execute("DELETE FROM policies WHERE tenant_id IS NULL AND name = ?", "of-all-" + word));
        database.close();
    }

    private GraphReference save(TenantId tenant, String name, String config, Map<String, GraphReference> inside) {
        StoredGraph graph = new StoredGraph(
                new GraphReference(IDS.next("gra"), 0),
                name,
                "api",
                IDS.next("dig"),
                Json.parseObject("""
                    {"metadata": {"name": "%s"}, "nodes": [{"id": "n", "type": "llm", "config": %s}]}\
                    """.formatted(name, config)),
                inside,
                THEN);
        return database.graphStore().save(tenant, graph).reference();
    }

    private GraphReference save(TenantId tenant, String name, String config) {
        return save(tenant, name, config, Map.of());
    }

    private String execution(
            TenantId tenant, GraphReference graph, Optional<String> agent, String configuration, String state) {
        String id = IDS.next("exe");
        database.platform()
                .run(handle -> handle.createUpdate("""
                    INSERT INTO executions (tenant_id, id, agent, graph_id, graph_version, configuration, priority,
                           durability, state, created_at, queued_at, finished_at)
                    VALUES (:tenant, :id, :agent, :graph, :version, CAST(:configuration AS json), 0, 'EXIT', :state,
                            now(), now(), CASE WHEN :state = 'SUCCEEDED' THEN now() END)
                    """)
                        .bind("tenant", tenant.value())
                        .bind("id", id)
                        .bind("agent", agent.orElse(null))
                        .bind("graph", graph.graph())
                        .bind("version", graph.version())
                        .bind("configuration", configuration)
                        .bind("state", state)
                        .execute());
        return id;
    }

    private Map<Kind, PluginUses.Use> uses() {
        return database.pluginUses().of(offer).stream()
                .collect(Collectors.toMap(PluginUses.Use::kind, Function.identity()));
    }

    private PluginUses.Use used(Kind kind) {
        return Optional.ofNullable(uses().get(kind)).orElseThrow();
    }

    @Test
    void nobodyUsesWhatNobodyNames() {
        save(one, "near", "{\"tool\": \"" + word + ".say-more\", \"prompt\": \"Call " + word + ".say\"}");
        save(one, "described", "{\"label\": \"" + word + ".say\", \"tool\": \"other\"}");
        save(one, "talks", "{\"prompt\": \"" + word + "-models/ are models\"}");
        assertThat(uses()).isEmpty();
    }

    @Test
    void namesNewestVersionsOfGraphsByToolTypeModelAndAgent() {
        save(one, "tool", "{\"tool\": \"" + word + ".say\"}");
        save(one, "tools", "{\"tools\": [\"other\", \"" + word + ".ask\"]}");
        save(two, "model", "{\"model\": \"" + word + "-models/big\"}");
        save(two, "agent", "{\"agent\": \"" + word + "/writer\"}");
        save(two, "past", "{\"tool\": \"" + word + ".say\"}");
        save(two, "past", "{\"tool\": \"other\"}");
        GraphReference gone = save(two, "gone", "{\"tool\": \"" + word + ".say\"}");
        database.graphStore().delete(two, gone.graph());

        PluginUses.Use graphs = used(Kind.GRAPH);
        assertThat(graphs.count()).isEqualTo(4);
        assertThat(graphs.first())
                .extracting(named -> named.name().orElseThrow())
                .containsExactlyInAnyOrder("tool", "tools", "model", "agent");
        assertThat(graphs.first())
                .extracting(named -> named.tenant().orElseThrow())
                .contains(one.value(), two.value());
        assertThat(uses()).containsOnlyKeys(Kind.GRAPH);
    }

    @Test
    void namesAGraphThatContainsOneThroughAnother() {
        GraphReference inner = save(one, "inner", "{\"tool\": \"" + word + ".say\"}");
        GraphReference middle = save(one, "middle", "{\"graph\": \"inner\"}", Map.of("n", inner));
        GraphReference outer = save(one, "outer", "{\"graph\": \"middle\"}", Map.of("n", middle));
        // What they contain stays the version before.
        save(one, "inner", "{\"tool\": \"other\"}");
        String running = execution(one, outer, Optional.empty(), "{}", "QUEUED");

        assertThat(used(Kind.GRAPH).first())
                .extracting(named -> named.name().orElseThrow())
                .containsExactlyInAnyOrder("middle", "outer");
        assertThat(used(Kind.EXECUTION).first())
                .containsExactly(new Named(Optional.of(one.value()), running, Optional.empty()));
    }

    @Test
    void namesTenantsThatHaveSetItUp() {
        TenantPluginStore settings = database.tenantPluginStore();
        settings.put(
                one.value(),
                word,
                new TenantPlugin(true, JsonObject.EMPTY, Map.of("KEY", "sealed"), Optional.empty(), 1, THEN),
                0);
        // Who may not use it does not miss it.
        settings.put(
                two.value(), word, new TenantPlugin(false, JsonObject.EMPTY, Map.of(), Optional.empty(), 1, THEN), 0);
        assertThat(used(Kind.TENANT).first())
                .containsExactly(new Named(Optional.of(one.value()), one.value(), Optional.empty()));
        assertThat(uses()).containsOnlyKeys(Kind.TENANT);
    }

    private void policy(Optional<TenantId> owner, String name, int version, @Nullable String rule) {
        database.platform()
                .run(handle -> handle.createUpdate("""
                    INSERT INTO policies (tenant_id, name, version, document, changed_at, changed_by)
                    VALUES (:tenant, :name, :version, CAST(:document AS json), now(), 'key_1')
                    """)
                        .bind("tenant", owner.map(TenantId::value).orElse(null))
                        .bind("name", name)
                        .bind("version", version)
                        .bind("document", rule == null ? null : "{\"rules\": [" + rule + "]}")
                        .execute());
    }

    @Test
    void namesPoliciesInForceThatAskItsModels() {
        String judge = "{\"check\": {\"judge\": {\"model\": \"" + word + "-models/wise\"}}}";
        String route = "{\"route\": {\"models\": [\"other/a\", \"" + word + "-models/cheap\"]}}";
        policy(Optional.of(one), "judged", 1, "{\"check\": {\"judge\": {\"model\": \"other/wise\"}}}");
        policy(Optional.of(one), "judged", 2, judge);
        policy(Optional.of(two), "routed", 1, route);
        policy(Optional.of(two), "past", 1, judge);
        policy(Optional.of(two), "past", 2, "{\"route\": {\"model\": \"other/a\"}}");
        policy(Optional.of(two), "gone", 1, judge);
        policy(Optional.of(two), "gone", 2, null);
        // A rule about a model does not need it.
        policy(
                Optional.of(two),
                "about",
                1,
                "{\"scope\": {\"model\": \"" + word + "-models/big\"}, \"effect\": \"DENY\"}");
        policy(Optional.empty(), "of-all-" + word, 1, judge);

        assertThat(used(Kind.POLICY).count()).isEqualTo(3);
        assertThat(used(Kind.POLICY).first())
                .containsExactlyInAnyOrder(
                        new Named(Optional.empty(), "of-all-" + word, Optional.empty()),
                        new Named(Optional.of(one.value()), "judged", Optional.empty()),
                        new Named(Optional.of(two.value()), "routed", Optional.empty()));
        assertThat(used(Kind.POLICY).sentence()).startsWith("3 policies in force ask models of it: of-all-");
        assertThat(uses()).containsOnlyKeys(Kind.POLICY);
    }

    @Test
    void countsExecutionsUnderWayAndNamesTheFirst() {
        GraphReference plain = save(one, "plain", "{\"tool\": \"other\"}");
        GraphReference naming = save(two, "naming", "{\"tool\": \"" + word + ".say\"}");
        save(two, "naming", "{\"tool\": \"other\"}");
        execution(one, plain, Optional.of(word + "/writer"), "{}", "QUEUED");
        execution(one, plain, Optional.of(word + "x/writer"), "{}", "QUEUED");
        execution(one, plain, Optional.empty(), "{\"model\":\"" + word + "-models/big\"}", "WAITING");
        execution(one, plain, Optional.empty(), "{}", "WAITING");
        execution(two, naming, Optional.empty(), "{}", "SUCCEEDED");
        for (int i = 0; i < PluginUses.MOST_NAMED; i++) {
            execution(two, naming, Optional.empty(), "{}", "WAITING");
        }

        PluginUses.Use executions = used(Kind.EXECUTION);
        assertThat(executions.count()).isEqualTo(2 + PluginUses.MOST_NAMED);
        assertThat(executions.first()).hasSize(PluginUses.MOST_NAMED);
        assertThat(executions.sentence())
                .startsWith("7 executions that are under way use it: exe_")
                .contains("(tenant " + one.value() + ")")
                .endsWith("and 2 more");
        assertThat(uses()).doesNotContainKey(Kind.GRAPH);
    }

    @Test
    void namesTenantsWithThePackOrWithAModelOfIt() {
        database.packStore().put(one, word, JsonObject.EMPTY, THEN, Optional.empty());
        database.packStore().put(two, "other", JsonObject.of("model", word + "-models/big"), THEN, Optional.empty());
        PluginUses.Use tenants = used(Kind.TENANT);
        assertThat(tenants.count()).isEqualTo(2);
        assertThat(tenants.first()).extracting(Named::id).containsExactlyInAnyOrder(one.value(), two.value());
        assertThat(tenants.sentence()).contains(List.of(one.value(), two.value()));
    }

    private String session(TenantId tenant, GraphReference graph, Optional<String> agent) {
        String id = IDS.next("ses");
        database.platform()
                .run(handle -> handle.createUpdate("""
                    INSERT INTO sessions (tenant_id, id, agent, graph_id, graph_version, created_at, changed_at)
                    VALUES (:tenant, :id, :agent, :graph, :version, now(), now())
                    """)
                        .bind("tenant", tenant.value())
                        .bind("id", id)
                        .bind("agent", agent.orElse(null))
                        .bind("graph", graph.graph())
                        .bind("version", graph.version())
                        .execute());
        return id;
    }

    @Test
    void namesSessionsThatGoOnWithItAlthoughNothingOfThemIsUnderWay() {
        GraphReference plain = save(one, "plain", "{\"tool\": \"other\"}");
        GraphReference naming = save(two, "naming", "{\"tool\": \"" + word + ".say\"}");
        GraphReference past = save(two, "naming", "{\"tool\": \"other\"}");
        String ofAgent = session(one, plain, Optional.of(word + "/writer"));
        session(one, plain, Optional.of(word + "x/writer"));
        session(one, plain, Optional.empty());
        session(two, past, Optional.empty());
        String pinned = session(two, naming, Optional.empty());

        assertThat(used(Kind.SESSION).first()).extracting(Named::id).containsExactlyInAnyOrder(ofAgent, pinned);
        assertThat(used(Kind.SESSION).sentence())
                .startsWith("2 sessions go on with what uses it: ses_")
                .contains("(tenant " + one.value() + ")");
        assertThat(uses()).containsOnlyKeys(Kind.SESSION);

        // One in the line of a session is shown as queued, and is.
        String held = execution(two, naming, Optional.empty(), "{}", "WAITING");
        database.platform()
                .run(handle ->
                        handle.execute("UPDATE executions SET session = ?, state = 'HELD' WHERE id = ?", pinned, held));
        assertThat(used(Kind.EXECUTION).first()).extracting(Named::id).containsExactly(held);
    }
}
