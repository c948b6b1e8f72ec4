package dev.agentos.policy;

import dev.agentos.tenancy.TenantId;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * What a kill switch stops.
 *
 * @param kind what sort of thing
 * @param name which one; empty for the platform and for a tenant
 * @param tenant within which tenant; empty for all of them
 */
public record KillTarget(Kind kind, String name, Optional<TenantId> tenant) {

    /** What can be stopped. */
    public enum Kind {
        /** Everything. */
        PLATFORM,
        /** Everything of one tenant. */
        TENANT,
        /** The executions of an agent, {@code pack/agent}. */
        AGENT,
        /** The calls of a tool. */
        TOOL,
        /** The calls of a plugin's tools, models, node types and protocols. */
        PLUGIN,
        /** The calls of a provider's models. */
        PROVIDER;

        /** The kind of that word. */
        public static Optional<Kind> ofWord(String word) {
            return Arrays.stream(values())
                    .filter(kind -> kind.word().equals(word))
                    .findFirst();
        }

        /** How addresses write it. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Whether it stops whole executions, and not only some of their calls. */
        boolean stopsExecutions() {
            return this == PLATFORM || this == TENANT || this == AGENT;
        }
    }

    /** As in {@code tool mail.send}. */
    public String words() {
        return switch (kind) {
            case PLATFORM -> "the platform";
            case TENANT -> "the tenant";
            default -> "the " + kind.word() + " '" + name + "'";
        };
    }

    /** Whether what is of that tenant and name is stopped by it. */
    boolean covers(Kind what, String of, String within) {
        return kind == what
                && (name.isEmpty() || name.equals(of))
                && (tenant.isEmpty() || tenant.get().value().equals(within));
    }
}
