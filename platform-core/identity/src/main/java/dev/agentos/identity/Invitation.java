package dev.agentos.identity;

import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.util.Optional;

/**
 * A token that lets a person in once.
 *
 * @param user whom
 * @param tenant where they are asked to be a member; empty for the platform
 * @param reset whether it sets a new password in the place of one that is there
 * @param powers what whoever made it held and gave out with it; it is good for no more
 * @param endsAt when it is worth nothing any more
 */
public record Invitation(String user, Optional<TenantId> tenant, boolean reset, Powers powers, Instant endsAt) {}
