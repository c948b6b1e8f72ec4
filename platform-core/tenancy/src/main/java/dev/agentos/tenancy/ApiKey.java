package dev.agentos.tenancy;

import java.time.Instant;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * A credential of an application, without its secret: that is shown once and kept only as a digest.
 *
 * @param id {@code key_…}
 * @param tenant whose it is; empty for a platform administrator's
 * @param name for people
 * @param prefix the first characters of the key, to tell keys apart
 * @param scopes what it may do
 * @param reach with which agents and graphs
 * @param createdAt when it was made
 * @param expiresAt when it ends by itself
 * @param revokedAt when it was revoked
 * @param user the service account that it belongs to, whose rights it has at most; empty for one that stands by itself
 * @param lastUsedAt when it was last used, to about a minute
 * @param principal the id of whom it stands for by itself: of the key from which it was rotated, or its own
 * @param madeBy the id of whoever made it, and so has seen it; empty for the first of a platform, which nobody made,
 *     and for one of which it was not kept
 */
public record ApiKey(
        String id,
        Optional<TenantId> tenant,
        String name,
        String prefix,
        Set<Scope> scopes,
        Reach reach,
        Instant createdAt,
        Optional<Instant> expiresAt,
        Optional<Instant> revokedAt,
        Optional<String> user,
        Optional<Instant> lastUsedAt,
        String principal,
        Optional<String> madeBy) {
    public ApiKey {
        scopes = scopes.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(scopes));
    }

    /** What it may do, and with which agents. */
    public Rights rights() {
        return Rights.of(scopes, reach);
    }

    /** Whether it may be used at that time. */
    public boolean usableAt(Instant time) {
        return revokedAt.isEmpty() && expiresAt.map(time::isBefore).orElse(true);
    }
}
