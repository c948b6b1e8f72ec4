package dev.agentos.stores;

import dev.agentos.tenancy.TenantId;
import java.util.Optional;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;

/** The two ways into the database. Work may be tried again. */
public interface Connections {

    /** Runs work in a transaction that sees one tenant's rows; its first statement has named parameters. */
    <T> T inTenant(TenantId tenant, Function<Handle, T> work);

    /** Runs work in a transaction that sees the rows of all tenants. */
    <T> T asPlatform(Function<Handle, T> work);

    /** Runs work in a transaction of that tenant, or of the platform when empty. */
    default <T> T call(Optional<TenantId> tenant, Function<Handle, T> work) {
        return tenant.isPresent() ? inTenant(tenant.get(), work) : asPlatform(work);
    }
}
