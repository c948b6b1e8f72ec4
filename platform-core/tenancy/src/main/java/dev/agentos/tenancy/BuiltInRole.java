package dev.agentos.tenancy;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The roles that come with the server. As a role of the platform, one holds scopes of the platform as well. */
public enum BuiltInRole {
    OWNER("owner", "Everything, and the only one who makes other owners.", scope -> true),
    ADMIN(
            "admin",
            "Everything but what roles are made of.",
            scope -> scope != Scope.ROLES_WRITE && scope != Scope.TENANTS_WRITE),
    BUILDER(
            "builder",
            "Makes graphs, enables packs and starts executions.",
            scope -> Sets.LOOK.contains(scope)
                    || Set.of(Scope.EXECUTIONS_WRITE, Scope.GRAPHS_WRITE, Scope.PACKS_WRITE)
                            .contains(scope)),
    OPERATOR(
            "operator",
            "Starts, steers and stops.",
            scope -> Sets.LOOK.contains(scope)
                    || Set.of(
                                    Scope.EXECUTIONS_WRITE,
                                    Scope.KILL_SWITCHES_WRITE,
                                    Scope.OPERATIONS_WRITE,
                                    Scope.METRICS_READ)
                            .contains(scope)),
    APPROVER(
            "approver",
            "Agrees, or does not, to what needs a person's consent.",
            scope -> Set.of(
                            Scope.EXECUTIONS_READ,
                            Scope.AGENTS_READ,
                            Scope.GRAPHS_READ,
                            Scope.POLICIES_READ,
                            Scope.APPROVALS_READ,
                            Scope.APPROVALS_DECIDE)
                    .contains(scope)),
    AUDITOR(
            "auditor",
            "Reads everything, the records of what was done among it, and changes nothing.",
            scope -> scope.word().endsWith(":read")),
    VIEWER("viewer", "Sees the work, and changes nothing.", Sets.LOOK::contains);

    /** What everybody may look at who works with agents. */
    private static final class Sets {
        static final Set<Scope> LOOK = EnumSet.of(
                Scope.EXECUTIONS_READ,
                Scope.AGENTS_READ,
                Scope.GRAPHS_READ,
                Scope.PACKS_READ,
                Scope.MARKETPLACE_READ,
                Scope.POLICIES_READ,
                Scope.APPROVALS_READ,
                Scope.KILL_SWITCHES_READ,
                Scope.BUDGETS_READ,
                Scope.USAGE_READ,
                Scope.LIMITS_READ,
                Scope.PRICES_READ,
                Scope.PLUGINS_READ,
                Scope.OPERATIONS_READ,
                Scope.TENANTS_READ);
    }

    private final String word;
    private final String description;
    private final Predicate<Scope> scopes;

    BuiltInRole(String word, String description, Predicate<Scope> scopes) {
        this.word = word;
        this.description = description;
        this.scopes = scopes;
    }

    /** How the API writes it. */
    public String word() {
        return word;
    }

    /** The built-in role of that word. */
    public static Optional<BuiltInRole> ofWord(String word) {
        return Arrays.stream(values()).filter(role -> role.word.equals(word)).findFirst();
    }

    /** The role as that tenant, or the platform when empty, has it. */
    public Role of(Optional<TenantId> tenant) {
        return new Role(
                tenant,
                word,
                description,
                Arrays.stream(Scope.values())
                        .filter(scope -> !scope.platform() || tenant.isEmpty())
                        .filter(scopes)
                        .collect(Collectors.toCollection(() -> EnumSet.noneOf(Scope.class))),
                true);
    }
}
