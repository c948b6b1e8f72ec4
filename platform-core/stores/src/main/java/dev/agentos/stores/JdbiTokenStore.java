package dev.agentos.stores;

import dev.agentos.redaction.TokenStore;
import dev.agentos.tenancy.TenantId;
import java.util.Collection;
import java.util.List;

/** What tokens stand for, in PostgreSQL. */
public final class JdbiTokenStore implements TokenStore {

    private final Connections tenants;

    /** Over those connections. */
    public JdbiTokenStore(Connections tenants) {
        this.tenants = tenants;
    }

    @Override
    public void keep(String tenant, Collection<Kept> tokens) {
        // In one order, so that two that keep the same do not wait for each other.
        List<Kept> sorted =
                tokens.stream().sorted((a, b) -> a.token().compareTo(b.token())).toList();
        tenants.inTenant(
                new TenantId(tenant),
                handle -> handle.createUpdate("""
                    INSERT INTO redaction_tokens (tenant_id, token, detector, sealed)
                    SELECT :tenant, t.token, t.detector, t.sealed
                      FROM unnest(CAST(:tokens AS text[]), CAST(:detectors AS text[]), CAST(:sealed AS text[]))
                               WITH ORDINALITY AS t (token, detector, sealed, place)
                     ORDER BY t.place
                    ON CONFLICT (tenant_id, token) DO NOTHING
                    """)
                        .bind("tenant", tenant)
                        .bindArray(
                                "tokens",
                                String.class,
                                sorted.stream().map(Kept::token).toList())
                        .bindArray(
                                "detectors",
                                String.class,
                                sorted.stream().map(Kept::detector).toList())
                        .bindArray(
                                "sealed",
                                String.class,
                                sorted.stream().map(Kept::sealed).toList())
                        .execute());
    }

    @Override
    public List<Kept> find(String tenant, Collection<String> tokens) {
        return tenants.inTenant(
                new TenantId(tenant),
                handle -> handle.createQuery("""
                    SELECT token, detector, sealed FROM redaction_tokens
                     WHERE tenant_id = :tenant AND token = ANY (CAST(:tokens AS text[]))
                    """)
                        .bind("tenant", tenant)
                        .bindArray("tokens", String.class, List.copyOf(tokens))
                        .map((row, context) ->
                                new Kept(row.getString("token"), row.getString("detector"), row.getString("sealed")))
                        .list());
    }
}
