package dev.agentos.identity;

import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.util.Optional;

/**
 * A browser in which a person has logged in, without its secret: that is in the cookie, and a digest of it is kept.
 *
 * @param id {@code lgn_…}
 * @param user who
 * @param tenant for which tenant they act at the moment; empty for the platform
 * @param createdAt when it began
 * @param endsAt when it ends, however it is used
 * @param seenAt when it was last used, to about half a minute
 */
public record Login(
        String id, String user, Optional<TenantId> tenant, Instant createdAt, Instant endsAt, Instant seenAt) {}
