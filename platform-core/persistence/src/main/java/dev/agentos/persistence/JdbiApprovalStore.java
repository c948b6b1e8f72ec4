package dev.agentos.persistence;

import dev.agentos.kernel.Json;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.persistence.internal.PageBytes;
import dev.agentos.policy.Approval;
import dev.agentos.policy.ApprovalStore;
import dev.agentos.policy.ApprovalTerms;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

/** Approvals in PostgreSQL; only what ends and tells them, and the platform, sees those of all tenants. */
final class JdbiApprovalStore implements ApprovalStore {

    private static final List<String> ENDS = List.of("""
        UPDATE approvals SET state = 'EXPIRED', decided_at = :now, revision = revision + 1
         WHERE state = 'PENDING' AND expires_at <= :now
        RETURNING tenant_id
        """, """
        UPDATE approvals a SET state = 'WITHDRAWN', decided_at = :now, told_at = :now, revision = revision + 1
          FROM executions e
         WHERE a.state = 'PENDING' AND e.tenant_id = a.tenant_id AND e.id = a.execution
           AND e.finished_at IS NOT NULL
        RETURNING a.tenant_id
        """, """
        UPDATE approvals a SET state = 'WITHDRAWN', decided_at = :now, told_at = :now, revision = revision + 1
          FROM operations o
         WHERE a.state = 'PENDING' AND a.tenant_id IS NULL AND o.id = a.execution AND o.finished_at IS NOT NULL
        RETURNING a.tenant_id
        """);

    private final TenantTransactions tenants;
    private final PlatformTransactions platform;

    JdbiApprovalStore(TenantTransactions tenants, PlatformTransactions platform) {
        this.tenants = tenants;
        this.platform = platform;
    }

    @Override
    public Approval ask(Approval candidate) {
        Approval.Asked asked = candidate.asked();
        call(
                candidate.tenant(),
                handle -> handle.createUpdate("""
                    INSERT INTO approvals (id, tenant_id, execution, effect, asked_digest, subject, arguments, rule,
                                           terms, started_by, state, nonce, votes, created_at, expires_at,
                                           escalates_at)
                    VALUES (:id, :tenant, :execution, :effect, :digest, :subject, :arguments, :rule, :terms, :by,
                            'PENDING', :nonce, '[]', :created, :expires, :escalates)
                    ON CONFLICT (tenant_id, execution, effect, asked_digest) DO NOTHING
                    """)
                        .bind("id", candidate.id())
                        .bindByType("tenant", value(candidate.tenant()), String.class)
                        .bind("execution", asked.execution())
                        .bind("effect", asked.effect())
                        .bind("digest", asked.digest())
                        .bind("subject", JsonObject.of("kind", asked.kind(), "name", asked.name()))
                        .bind("arguments", asked.arguments())
                        .bind("rule", candidate.rule())
                        .bind("terms", candidate.terms().toJson())
                        .bindByType("by", asked.startedBy().orElse(null), String.class)
                        .bind("nonce", candidate.standing().nonce())
                        .bind("created", candidate.times().createdAt())
                        .bind("expires", candidate.times().expiresAt())
                        .bindByType(
                                "escalates", candidate.standing().escalatesAt().orElse(null), Instant.class)
                        .execute());
        return asked(candidate.tenant(), asked.execution(), asked.effect(), asked.digest())
                .orElse(candidate);
    }

    @Override
    public Optional<Approval> asked(Optional<TenantId> tenant, String execution, String effect, String digest) {
        return of(tenant, execution, effect, "asked_digest = :digest", digest).stream()
                .findFirst();
    }

    @Override
    public List<Approval> agreed(Optional<TenantId> tenant, String execution, String effect, String digest) {
        return of(tenant, execution, effect, "agreed_digest = :digest AND state = 'APPROVED'", digest);
    }

    private List<Approval> of(Optional<TenantId> tenant, String execution, String effect, String which, String digest) {
        return query(
                tenant,
                handle -> handle.createQuery("""
                    SELECT * FROM approvals
                     WHERE %s AND execution = :execution AND effect = :effect AND %s
                    """.formatted(owner(tenant), which))
                        .bindByType("tenant", value(tenant), String.class)
                        .bind("execution", execution)
                        .bind("effect", effect)
                        .bind("digest", digest)
                        .map(JdbiApprovalStore::approval)
                        .list());
    }

    @Override
    public Optional<Approval> find(Optional<TenantId> tenant, String id) {
        return query(
                tenant,
                handle -> handle.createQuery("SELECT * FROM approvals WHERE " + owner(tenant) + " AND id = :id")
                        .bindByType("tenant", value(tenant), String.class)
                        .bind("id", id)
                        .map(JdbiApprovalStore::approval)
                        .findOne());
    }

    @Override
    public Page<Approval> list(
            Optional<TenantId> tenant, boolean platform, Optional<Approval.State> state, PageRequest request) {
        // The tenant's role does not see the platform's rows.
        String newest = """
            SELECT * FROM approvals
             WHERE (%s) AND id < :cursor AND (CAST(:state AS text) IS NULL OR state = :state)
             ORDER BY id DESC LIMIT :limit
            """.formatted(platform ? "tenant_id = :tenant OR tenant_id IS NULL" : owner(tenant));
        return PageBytes.page(
                query(
                        platform ? Optional.empty() : tenant,
                        handle -> handle.createQuery(
                                        PageBytes.statement(newest, "arguments", "agreed", "rule", "votes"))
                                .bindByType("tenant", value(tenant), String.class)
                                .bindByType("state", state.map(Enum::name).orElse(null), String.class)
                                .bind("cursor", request.cursor().orElse(Rows.LAST))
                                .bind("limit", request.limit() + 1)
                                .map(PageBytes.rows(JdbiApprovalStore::approval))
                                .list()),
                request.limit(),
                Approval::id);
    }

    @Override
    public boolean change(Approval changed) {
        boolean agreed = changed.state() == Approval.State.APPROVED;
        return call(
                changed.tenant(),
                handle -> handle.createUpdate("""
                    UPDATE approvals SET state = :state, nonce = :nonce, votes = :votes, assignee = :assignee,
                           agreed = CAST(:proposed AS json), agreed_digest = :digest, revision = :revision,
                           decided_at = :decided, escalated = :escalated, escalates_at = :escalates, told_at = NULL
                     WHERE %s AND id = :id AND revision = :revision - 1 AND state = 'PENDING'
                    """.formatted(owner(changed.tenant())))
                                .bindByType("tenant", value(changed.tenant()), String.class)
                                .bind("id", changed.id())
                                .bind("state", changed.state().name())
                                .bind("nonce", changed.standing().nonce())
                                .bind("votes", votes(changed.standing().votes()))
                                .bindByType(
                                        "assignee",
                                        changed.standing().assignee().orElse(null),
                                        String.class)
                                .bindByType(
                                        "proposed",
                                        changed.standing()
                                                .proposed()
                                                .map(Json::write)
                                                .orElse(null),
                                        String.class)
                                .bindByType(
                                        "digest",
                                        agreed ? changed.asked().digest(changed.arguments()) : null,
                                        String.class)
                                .bindByType(
                                        "escalated",
                                        changed.standing().escalated().orElse(null),
                                        String.class)
                                .bindByType(
                                        "escalates",
                                        changed.standing().escalatesAt().orElse(null),
                                        Instant.class)
                                .bind("revision", changed.revision())
                                .bindByType(
                                        "decided", changed.times().decidedAt().orElse(null), Instant.class)
                                .execute()
                        > 0);
    }

    @Override
    public Set<Optional<TenantId>> expire(Instant now) {
        return platform.call(handle -> {
            Set<Optional<TenantId>> whose = new HashSet<>();
            for (String end : ENDS) {
                whose.addAll(handle.createQuery(end)
                        .bind("now", now)
                        .map((row, context) ->
                                Rows.optionalText(row, "tenant_id").map(TenantId::new))
                        .list());
            }
            return whose;
        });
    }

    @Override
    public List<Key> toEscalate(Instant now, int most) {
        return platform.query(handle -> handle.createQuery("""
            SELECT tenant_id, id FROM approvals WHERE state = 'PENDING' AND escalates_at <= :now ORDER BY id LIMIT :most
            """)
                .bind("now", now)
                .bind("most", most)
                .map(JdbiApprovalStore::key)
                .list());
    }

    @Override
    public List<Key> untold(String after, int most) {
        return platform.query(handle -> handle.createQuery("""
            SELECT tenant_id, id FROM approvals
             WHERE (state <> 'PENDING' OR escalated IS NOT NULL) AND told_at IS NULL AND id > :after
             ORDER BY id LIMIT :most
            """)
                .bind("after", after)
                .bind("most", most)
                .map(JdbiApprovalStore::key)
                .list());
    }

    @Override
    public void told(Approval approval, Instant at) {
        call(
                approval.tenant(),
                handle -> handle.createUpdate("""
                    UPDATE approvals SET told_at = :at WHERE %s AND id = :id AND revision = :revision
                    """.formatted(owner(approval.tenant())))
                        .bind("revision", approval.revision())
                        .bind("at", at)
                        .bindByType("tenant", value(approval.tenant()), String.class)
                        .bind("id", approval.id())
                        .execute());
    }

    private <T> T query(Optional<TenantId> tenant, Function<Handle, T> work) {
        return tenant.isPresent() ? tenants.query(tenant.get(), work) : platform.query(work);
    }

    private <T> T call(Optional<TenantId> tenant, Function<Handle, T> work) {
        return tenant.isPresent() ? tenants.inTenant(tenant.get(), work) : platform.call(work);
    }

    private static @Nullable String value(Optional<TenantId> tenant) {
        return tenant.map(TenantId::value).orElse(null);
    }

    private static String owner(Optional<TenantId> tenant) {
        // A comparison that an index knows.
        return tenant.isPresent() ? "tenant_id = :tenant" : "tenant_id IS NULL AND CAST(:tenant AS text) IS NULL";
    }

    private static JsonValue votes(List<Approval.Vote> votes) {
        return JsonValue.of(votes.stream().map(Approval.Vote::toJson).toList());
    }

    private static Key key(ResultSet row, StatementContext context) throws SQLException {
        return new Key(Rows.optionalText(row, "tenant_id").map(TenantId::new), row.getString("id"));
    }

    private static Approval approval(ResultSet row, StatementContext context) throws SQLException {
        JsonObject subject = Rows.object(row, "subject");
        List<Approval.Vote> votes = new ArrayList<>();
        for (JsonValue item : (JsonArray) Json.parse(row.getString("votes"))) {
            votes.add(Approval.Vote.of((JsonObject) item));
        }
        return new Approval(
                row.getString("id"),
                Rows.optionalText(row, "tenant_id").map(TenantId::new),
                new Approval.Asked(
                        row.getString("execution"),
                        row.getString("effect"),
                        subject.text("kind").orElse(""),
                        subject.text("name").orElse(""),
                        Rows.object(row, "arguments"),
                        Rows.optionalText(row, "started_by")),
                Rows.object(row, "rule"),
                ApprovalTerms.of(Rows.object(row, "terms")),
                Approval.State.valueOf(row.getString("state")),
                new Approval.Standing(
                        row.getString("nonce"),
                        votes,
                        Rows.optionalObject(row, "agreed"),
                        Rows.optionalText(row, "assignee"),
                        Rows.optionalText(row, "escalated"),
                        Rows.optionalInstant(row, "escalates_at")),
                row.getLong("revision"),
                new Approval.Times(
                        Rows.instant(row, "created_at"),
                        Rows.instant(row, "expires_at"),
                        Rows.optionalInstant(row, "decided_at")));
    }
}
