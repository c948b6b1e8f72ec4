package dev.agentos.persistence;

import dev.agentos.kernel.Json;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
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
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.statement.StatementContext;

/** Approvals in PostgreSQL; only what ends and tells them sees those of all tenants. */
final class JdbiApprovalStore implements ApprovalStore {

    private final TenantTransactions tenants;
    private final PlatformTransactions platform;

    JdbiApprovalStore(TenantTransactions tenants, PlatformTransactions platform) {
        this.tenants = tenants;
        this.platform = platform;
    }

    @Override
    public Approval ask(Approval candidate) {
        Approval.Asked asked = candidate.asked();
        tenants.runInTenant(
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
                        .bind("tenant", candidate.tenant().value())
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
    public Optional<Approval> asked(TenantId tenant, String execution, String effect, String digest) {
        return one(tenant, execution, effect, "asked_digest = :digest", digest);
    }

    @Override
    public Optional<Approval> agreed(TenantId tenant, String execution, String effect, String digest) {
        return one(tenant, execution, effect, "agreed_digest = :digest AND state = 'APPROVED'", digest);
    }

    private Optional<Approval> one(TenantId tenant, String execution, String effect, String which, String digest) {
        return tenants.query(
                tenant,
                handle -> handle.createQuery("""
                    SELECT * FROM approvals
                     WHERE tenant_id = :tenant AND execution = :execution AND effect = :effect AND %s LIMIT 1
                    """.formatted(which))
                        .bind("tenant", tenant.value())
                        .bind("execution", execution)
                        .bind("effect", effect)
                        .bind("digest", digest)
                        .map(JdbiApprovalStore::approval)
                        .findOne());
    }

    @Override
    public Optional<Approval> find(TenantId tenant, String id) {
        return tenants.query(
                tenant,
                handle -> handle.createQuery("SELECT * FROM approvals WHERE tenant_id = :tenant AND id = :id")
                        .bind("tenant", tenant.value())
                        .bind("id", id)
                        .map(JdbiApprovalStore::approval)
                        .findOne());
    }

    @Override
    public Page<Approval> list(TenantId tenant, Optional<Approval.State> state, PageRequest request) {
        return Page.of(
                tenants.query(
                        tenant,
                        handle -> handle.createQuery("""
                            SELECT * FROM approvals
                             WHERE tenant_id = :tenant AND id < :cursor
                               AND (CAST(:state AS text) IS NULL OR state = :state)
                             ORDER BY id DESC LIMIT :limit
                            """)
                                .bind("tenant", tenant.value())
                                .bindByType("state", state.map(Enum::name).orElse(null), String.class)
                                .bind("cursor", request.cursor().orElse(Rows.LAST))
                                .bind("limit", request.limit() + 1)
                                .map(JdbiApprovalStore::approval)
                                .list()),
                request.limit(),
                Approval::id);
    }

    @Override
    public boolean change(Approval changed) {
        boolean agreed = changed.state() == Approval.State.APPROVED;
        return tenants.inTenant(
                changed.tenant(),
                handle -> handle.createUpdate("""
                    UPDATE approvals SET state = :state, nonce = :nonce, votes = :votes, assignee = :assignee,
                           agreed = CAST(:proposed AS json), agreed_digest = :digest, revision = :revision,
                           decided_at = :decided, escalated = :escalated, escalates_at = :escalates, told_at = NULL
                     WHERE tenant_id = :tenant AND id = :id AND revision = :revision - 1 AND state = 'PENDING'
                    """)
                                .bind("tenant", changed.tenant().value())
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
    public void expire(Instant now) {
        platform.run(handle -> {
            handle.createUpdate("""
                UPDATE approvals SET state = 'EXPIRED', decided_at = :now, revision = revision + 1
                 WHERE state = 'PENDING' AND expires_at <= :now
                """).bind("now", now).execute();
            handle.createUpdate("""
                UPDATE approvals a SET state = 'WITHDRAWN', decided_at = :now, told_at = :now, revision = revision + 1
                  FROM executions e
                 WHERE a.state = 'PENDING' AND e.tenant_id = a.tenant_id AND e.id = a.execution
                   AND e.finished_at IS NOT NULL
                """).bind("now", now).execute();
        });
    }

    @Override
    public List<Approval> toEscalate(Instant now, int most) {
        return platform.query(handle -> handle.createQuery("""
            SELECT * FROM approvals WHERE state = 'PENDING' AND escalates_at <= :now ORDER BY id LIMIT :most
            """)
                .bind("now", now)
                .bind("most", most)
                .map(JdbiApprovalStore::approval)
                .list());
    }

    @Override
    public List<Approval> untold(int most) {
        return platform.query(handle -> handle.createQuery("""
            SELECT * FROM approvals
             WHERE (state <> 'PENDING' OR escalated IS NOT NULL) AND told_at IS NULL ORDER BY id LIMIT :most
            """)
                .bind("most", most)
                .map(JdbiApprovalStore::approval)
                .list());
    }

    @Override
    public void told(Approval approval, Instant at) {
        tenants.runInTenant(
                approval.tenant(),
                handle -> handle.createUpdate("""
                    UPDATE approvals SET told_at = :at
                     WHERE tenant_id = :tenant AND id = :id AND revision = :revision
                    """)
                        .bind("revision", approval.revision())
                        .bind("at", at)
                        .bind("tenant", approval.tenant().value())
                        .bind("id", approval.id())
                        .execute());
    }

    private static JsonValue votes(List<Approval.Vote> votes) {
        return JsonValue.of(votes.stream().map(Approval.Vote::toJson).toList());
    }

    private static Approval approval(ResultSet row, StatementContext context) throws SQLException {
        JsonObject subject = Rows.object(row, "subject");
        List<Approval.Vote> votes = new ArrayList<>();
        for (JsonValue item : (JsonArray) Json.parse(row.getString("votes"))) {
            JsonObject vote = (JsonObject) item;
            votes.add(new Approval.Vote(
                    vote.text("by").orElse(""),
                    vote.bool("agreed").orElse(false),
                    vote.text("reason"),
                    vote.text("at").map(at -> Instant.parse(at)).orElse(Instant.EPOCH)));
        }
        return new Approval(
                row.getString("id"),
                new TenantId(row.getString("tenant_id")),
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
