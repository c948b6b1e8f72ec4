package dev.agentos.stores;

import dev.agentos.tenancy.TenantId;
import java.sql.PreparedStatement;
import java.util.Optional;
import org.jdbi.v3.core.qualifier.QualifiedType;
import org.jdbi.v3.core.statement.StatementContext;
import org.jdbi.v3.core.statement.StatementCustomizer;

/**
 * Whose rows a statement is about, where {@code <owned>} stands in it: that tenant's, or the platform's without one.
 * PostgreSQL finds neither by an index when it is asked with {@code IS NOT DISTINCT FROM}: it would read the rows of
 * every tenant.
 *
 * @param tenant who has the rows; the parameter {@code :tenant}
 */
public record Owned(Optional<TenantId> tenant) implements StatementCustomizer {

    @Override
    public void beforeTemplating(PreparedStatement statement, StatementContext context) {
        context.define(
                "owned",
                tenant.isPresent() ? "tenant_id = :tenant" : "tenant_id IS NULL AND CAST(:tenant AS text) IS NULL");
    }

    @Override
    public void beforeBinding(PreparedStatement statement, StatementContext context) {
        context.getBinding()
                .addNamed("tenant", tenant.map(TenantId::value).orElse(null), QualifiedType.of(String.class));
    }
}
