package dev.agentos.persistence;

import dev.agentos.graph.GraphReference;
import dev.agentos.graph.GraphStore;
import dev.agentos.graph.StoredGraph;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.tenancy.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.generic.GenericType;
import org.jdbi.v3.core.statement.StatementContext;

/** Graphs in PostgreSQL; two who save under one name are put in order by a lock on the graph's row. */
final class JdbiGraphStore implements GraphStore {

    private static final String OF_LATEST = """
          FROM graphs g JOIN graph_versions v ON v.graph_id = g.id AND v.version = g.latest
         WHERE g.deleted_at IS NULL AND g.tenant_id = :tenant
        """;

    private static final String LATEST = "SELECT v.*" + OF_LATEST;

    /** What lists show: a page of definitions would be more than a server has room for. */
    private static final String LISTED = "SELECT v.graph_id, v.version, v.name, v.digest, v.created_at";

    private final TenantTransactions transactions;

    JdbiGraphStore(TenantTransactions transactions) {
        this.transactions = transactions;
    }

    @Override
    public StoredGraph save(TenantId tenant, StoredGraph candidate) {
        return transactions.inTenant(tenant, handle -> {
            String graph = lock(handle, tenant, candidate);
            Optional<StoredGraph> latest = latest(handle, tenant, graph);
            if (latest.isPresent() && latest.get().digest().equals(candidate.digest())) {
                return latest.get();
            }
            return append(handle, tenant, graph, candidate);
        });
    }

    /** The id of the graph of that name, made if it is new; its row is locked until the transaction ends. */
    private static String lock(Handle handle, TenantId tenant, StoredGraph candidate) {
        return handle.createQuery("""
            INSERT INTO graphs (id, tenant_id, name, origin, latest)
            VALUES (:id, :tenant, :name, :origin, 0)
            ON CONFLICT (tenant_id, name) WHERE deleted_at IS NULL DO UPDATE SET name = excluded.name
            RETURNING id
            """)
                .bind("id", candidate.reference().graph())
                .bind("tenant", tenant.value())
                .bind("name", candidate.name())
                .bind("origin", candidate.origin())
                .mapTo(String.class)
                .one();
    }

    private static StoredGraph append(Handle handle, TenantId tenant, String graph, StoredGraph candidate) {
        return handle.createQuery("""
            WITH changed AS (
                UPDATE graphs SET latest = latest + 1, origin = :origin WHERE id = :id RETURNING id, latest)
            INSERT INTO graph_versions
                   (tenant_id, graph_id, version, name, origin, digest, definition, subgraphs, created_at)
            SELECT :tenant, id, latest, :name, :origin, :digest, :definition, :subgraphs, :created FROM changed
            RETURNING *
            """)
                .bind("tenant", tenant.value())
                .bind("id", graph)
                .bind("name", candidate.name())
                .bind("origin", candidate.origin())
                .bind("digest", candidate.digest())
                .bind("definition", candidate.definition())
                .bind("subgraphs", StoredGraph.toJson(candidate.subgraphs()))
                .bind("created", candidate.createdAt())
                .map(JdbiGraphStore::graph)
                .one();
    }

    @Override
    public Optional<StoredGraph> find(TenantId tenant, GraphReference reference) {
        return transactions.lookUp(
                tenant,
                handle -> handle.createQuery("""
                    SELECT * FROM graph_versions
                     WHERE tenant_id = :tenant AND graph_id = :graph AND version = :version
                    """)
                        .bind("tenant", tenant.value())
                        .bind("graph", reference.graph())
                        .bind("version", reference.version())
                        .map(JdbiGraphStore::graph)
                        .findOne());
    }

    @Override
    public Optional<StoredGraph> latest(TenantId tenant, String graph) {
        return transactions.lookUp(tenant, handle -> latest(handle, tenant, graph));
    }

    private static Optional<StoredGraph> latest(Handle handle, TenantId tenant, String graph) {
        return handle.createQuery(LATEST + " AND g.id = :graph")
                .bind("tenant", tenant.value())
                .bind("graph", graph)
                .map(JdbiGraphStore::graph)
                .findOne();
    }

    @Override
    public Optional<StoredGraph> latestByName(TenantId tenant, String name) {
        return transactions.lookUp(
                tenant,
                handle -> handle.createQuery(LATEST + " AND g.name = :name")
                        .bind("tenant", tenant.value())
                        .bind("name", name)
                        .map(JdbiGraphStore::graph)
                        .findOne());
    }

    @Override
    public Optional<GraphReference> reference(TenantId tenant, String idOrName, Optional<Integer> version) {
        return transactions.lookUp(
                tenant,
                handle -> handle.createQuery("""
                    SELECT v.graph_id, v.version
                      FROM graphs g JOIN graph_versions v ON v.graph_id = g.id
                           AND v.version = coalesce(CAST(:version AS integer), g.latest)
                     WHERE g.deleted_at IS NULL AND g.tenant_id = :tenant AND (g.id = :graph OR g.name = :graph)
                     ORDER BY g.id = :graph DESC LIMIT 1
                    """)
                        .bind("tenant", tenant.value())
                        .bind("graph", idOrName)
                        .bind("version", version.orElse(null))
                        .map((row, context) -> new GraphReference(row.getString("graph_id"), row.getInt("version")))
                        .findOne());
    }

    @Override
    public Set<String> ids(TenantId tenant, Collection<String> names) {
        return transactions.query(
                tenant,
                handle -> handle.createQuery("""
                    SELECT id FROM graphs
                     WHERE tenant_id = :tenant
                       AND (name = ANY (:names) OR split_part(name, '/', 1) || '/*' = ANY (:names))
                    """)
                        .bind("tenant", tenant.value())
                        .bindArray("names", String.class, List.copyOf(names))
                        .mapTo(String.class)
                        .set());
    }

    @Override
    public Map<String, String> names(TenantId tenant, Collection<String> ids) {
        return transactions.lookUp(
                tenant,
                handle -> handle.createQuery(
                                "SELECT id, name FROM graphs WHERE tenant_id = :tenant AND id = ANY (:ids)")
                        .bind("tenant", tenant.value())
                        .bindArray("ids", String.class, List.copyOf(ids))
                        .setMapKeyColumn("id")
                        .setMapValueColumn("name")
                        .collectInto(new GenericType<>() {}));
    }

    @Override
    public Page<StoredGraph.Version> list(TenantId tenant, String origin, PageRequest request) {
        return Page.of(
                transactions.inTenant(
                        tenant,
                        handle -> handle.createQuery(LISTED
                                        + OF_LATEST
                                        + " AND g.origin = :origin AND g.id < :cursor ORDER BY g.id DESC LIMIT :limit")
                                .bind("tenant", tenant.value())
                                .bind("origin", origin)
                                .bind("cursor", request.cursor().orElse(Rows.LAST))
                                .bind("limit", request.limit() + 1)
                                .map(JdbiGraphStore::version)
                                .list()),
                request.limit(),
                graph -> graph.reference().graph());
    }

    @Override
    public Page<StoredGraph.Version> versions(TenantId tenant, String graph, PageRequest request) {
        return Page.of(
                transactions.inTenant(
                        tenant,
                        handle -> handle.createQuery(LISTED + """
                              FROM graph_versions v JOIN graphs g ON g.id = v.graph_id
                             WHERE g.deleted_at IS NULL AND v.tenant_id = :tenant AND v.graph_id = :graph
                               AND v.version < :cursor
                             ORDER BY v.version DESC LIMIT :limit
                            """)
                                .bind("tenant", tenant.value())
                                .bind("graph", graph)
                                .bind("cursor", request.place(Integer.MAX_VALUE))
                                .bind("limit", request.limit() + 1)
                                .map(JdbiGraphStore::version)
                                .list()),
                request.limit(),
                version -> Integer.toString(version.reference().version()));
    }

    @Override
    public boolean delete(TenantId tenant, String graph) {
        return transactions.inTenant(
                tenant,
                handle -> handle.createUpdate("""
                    UPDATE graphs SET deleted_at = clock_timestamp()
                     WHERE tenant_id = :tenant AND id = :graph AND deleted_at IS NULL
                    """)
                                .bind("tenant", tenant.value())
                                .bind("graph", graph)
                                .execute()
                        == 1);
    }

    private static StoredGraph.Version version(ResultSet row, StatementContext context) throws SQLException {
        return new StoredGraph.Version(
                new GraphReference(row.getString("graph_id"), row.getInt("version")),
                row.getString("name"),
                row.getString("digest"),
                Rows.instant(row, "created_at"));
    }

    private static StoredGraph graph(ResultSet row, StatementContext context) throws SQLException {
        return new StoredGraph(
                new GraphReference(row.getString("graph_id"), row.getInt("version")),
                row.getString("name"),
                row.getString("origin"),
                row.getString("digest"),
                Rows.object(row, "definition"),
                StoredGraph.subgraphs(Rows.object(row, "subgraphs")),
                Rows.instant(row, "created_at"));
    }
}
