package dev.agentos.stores;

import dev.agentos.kernel.Json;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.policy.GateRecord;
import dev.agentos.policy.GateRecordStore;
import dev.agentos.tenancy.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;

/** Evidence of checks, in PostgreSQL. */
public final class JdbiGateRecordStore implements GateRecordStore {

    private final Connections tenants;

    /** Over those connections. */
    public JdbiGateRecordStore(Connections tenants) {
        this.tenants = tenants;
    }

    @Override
    public void add(TenantId tenant, GateRecord record) {
        tenants.inTenant(
                tenant,
                handle -> handle.createUpdate("""
                    INSERT INTO gate_records (tenant_id, execution_id, id, at, about, rule, mode, outcome, detail)
                    VALUES (:tenant, :execution, :id, :at, :about, :rule, :mode, :outcome, :detail)
                    ON CONFLICT (tenant_id, execution_id, id) DO NOTHING
                    """)
                        .bind("tenant", tenant.value())
                        .bind("execution", record.execution())
                        .bind("id", record.id())
                        .bind("at", record.at().atOffset(ZoneOffset.UTC))
                        .bind("about", record.about())
                        .bind("rule", record.rule().toString())
                        .bind("mode", record.mode())
                        .bind("outcome", record.outcome().name())
                        .bind("detail", record.detail())
                        .execute());
    }

    @Override
    public Page<GateRecord> list(TenantId tenant, String execution, PageRequest request) {
        return Page.of(
                tenants.inTenant(
                        tenant,
                        handle -> handle.createQuery("""
                            SELECT * FROM gate_records
                             WHERE tenant_id = :tenant AND execution_id = :execution
                               AND (CAST(:before AS text) IS NULL OR id < :before)
                             ORDER BY id DESC LIMIT :limit
                            """)
                                .bind("tenant", tenant.value())
                                .bind("execution", execution)
                                .bind("before", request.cursor().orElse(null))
                                .bind("limit", request.limit() + 1)
                                .map((row, context) -> record(row))
                                .list()),
                request.limit(),
                GateRecord::id);
    }

    private static GateRecord record(ResultSet row) throws SQLException {
        return new GateRecord(
                row.getString("id"),
                row.getString("execution_id"),
                row.getObject("at", OffsetDateTime.class).toInstant(),
                row.getString("about"),
                Json.parseObject(row.getString("rule")),
                row.getString("mode"),
                GateRecord.Outcome.valueOf(row.getString("outcome")),
                row.getString("detail"));
    }
}
