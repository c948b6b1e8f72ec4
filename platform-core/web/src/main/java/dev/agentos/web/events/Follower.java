package dev.agentos.web.events;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.Tenants;
import dev.agentos.web.Caller;
import dev.agentos.web.login.Credential;
import jakarta.ws.rs.container.ContainerRequestContext;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Who follows what.
 *
 * @param topic the id of what is followed; a hint about it wakes the stream
 * @param tenant the id of the tenant whose it is; empty for the platform's
 * @param credential the id of the credential
 * @param allowed whether the credential may still read it; asked now and then while the stream is open
 */
public record Follower(String topic, String tenant, String credential, BooleanSupplier allowed) {

    /** Whoever makes the request, for as long as it would be let in as it was. */
    public static Follower of(ContainerRequestContext request, String topic, Tenants tenants) {
        Credential credential = Credential.of(request);
        Set<Scope> needed = Credential.needed(request);
        Reach reach = Caller.reach(request);
        Optional<String> tenant = Caller.of(request).actingFor().map(TenantId::value);
        // A platform administrator's credential outlives the tenant that it follows.
        return new Follower(
                topic,
                tenant.orElse(""),
                credential.id()
                        + needed
                        + reach.written()
                        + tenant.map(id -> " for " + id).orElse(""),
                () -> credential.stillOpens(needed, reach)
                        && tenant.flatMap(tenants::find).isPresent() == tenant.isPresent());
    }

    /**
     * The number of the event behind which somebody goes on; 0, which is before the first, when none is said.
     *
     * @throws InvalidInputException {@code server:INVALID_FIELD}
     */
    public static long after(@Nullable String number) {
        if (number == null || number.isEmpty()) {
            return 0;
        }
        if (!number.matches("[0-9]{1,18}")) {
            throw InvalidInputException.of(
                    KernelErrorCode.INVALID_FIELD,
                    "/after",
                    "What 'after' says is not the number of an event or line.",
                    "Send the 'sequence' of the last one that you have, or leave it out.");
        }
        return Long.parseLong(number);
    }

    /** The same one, who follows that. */
    public Follower about(String other) {
        return new Follower(other, tenant, credential, allowed);
    }
}
