package dev.agentos.policy;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * What a kill switch stops.
 *
 * @param kind of what it stops
 * @param id of it: {@code all} for the platform, a tenant's id, an agent's {@code pack/agent}, or a name
 * @param tenant for whom; everybody when empty
 */
public record KillSwitchTarget(Kind kind, String id, Optional<TenantId> tenant) {

    private static final String ALL = "all";

    /** The whole platform. */
    public static final KillSwitchTarget PLATFORM = new KillSwitchTarget(Kind.PLATFORM, ALL, Optional.empty());

    /** Kinds of what can be stopped. */
    public enum Kind {
        PLATFORM,
        TENANT,
        AGENT,
        TOOL,
        PLUGIN,
        PROVIDER;

        /** How the API writes it. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /**
         * The kind of that word.
         *
         * @throws InvalidInputException {@code policy:INVALID_KILL_SWITCH}
         */
        public static Kind of(String word) {
            return Arrays.stream(values())
                    .filter(kind -> kind.word().equals(word))
                    .findFirst()
                    .orElseThrow(() -> invalid(
                            "/kind",
                            "There is no kind of kill switch '" + word + "'.",
                            "It is platform, tenant, agent, tool, plugin or provider."));
        }
    }

    public KillSwitchTarget {
        if (kind == Kind.PLATFORM && (!id.equals(ALL) || tenant.isPresent())) {
            throw invalid(
                    "/id",
                    "The platform's kill switch is called 'all' and holds for everybody.",
                    "Use platform/all without a tenant, or the kind tenant.");
        }
        if (kind == Kind.TENANT && !tenant.map(TenantId::value).equals(Optional.of(id))) {
            throw invalid("/id", "A tenant's kill switch holds for that tenant.", "Name no other tenant beside it.");
        }
        if (!id.matches("[!-~]{1,200}")) {
            throw invalid(
                    "/id",
                    "What is to be stopped is named with 1 to 200 printable characters of ASCII without spaces.",
                    "Write the name as the server lists it.");
        }
        if (kind == Kind.AGENT && !id.matches("[^/]+/[^/]+")) {
            throw invalid("/id", "'" + id + "' is no agent.", "Write it as pack/agent.");
        }
    }

    /** A tenant as a whole. */
    public static KillSwitchTarget of(TenantId tenant) {
        return new KillSwitchTarget(Kind.TENANT, tenant.value(), Optional.of(tenant));
    }

    /** As the API writes it. */
    public JsonObject toJson() {
        JsonObject json = JsonObject.of("kind", kind.word(), "target", id);
        return tenant.isPresent() ? json.with("tenant", tenant.get().value()) : json;
    }

    /** For people, as in {@code tool mail.send}. */
    public String named() {
        return switch (kind) {
            case PLATFORM -> "the platform";
            case TENANT -> "tenant " + id;
            default ->
                kind.word() + " " + id + tenant.map(one -> " of tenant " + one).orElse("");
        };
    }

    /** Whether it stops executions, and not calls alone. */
    public boolean stopsExecutions() {
        return kind == Kind.PLATFORM || kind == Kind.TENANT || kind == Kind.AGENT;
    }

    private static InvalidInputException invalid(String pointer, String message, String action) {
        return InvalidInputException.of(PolicyErrorCode.INVALID_KILL_SWITCH, pointer, message, action);
    }
}
