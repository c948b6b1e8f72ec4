package dev.agentos.persistence.internal;

import dev.agentos.tenancy.TenantId;
import java.util.Optional;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;

/** Transactions of a tenant under its row-level security, or of the platform. */
@FunctionalInterface
public interface TenantAccess {

    /** Runs work in a transaction of that tenant, or of the platform when empty; it may be tried again. */
    <T> T call(Optional<TenantId> tenant, Function<Handle, T> work);

    /** Runs work in a transaction of the platform; it may be tried again. */
    default <T> T call(Function<Handle, T> work) {
        return call(Optional.empty(), work);
    }
}
