package dev.agentos.limits;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.Revisions;
import dev.agentos.limits.NamedLimit.Author;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ErrorCode;
import dev.agentos.tenancy.TenantId;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Limits that tenants and the platform set by name, each change against the revision that was seen. Which there are is
 * known in memory, so that who is not limited asks nobody.
 *
 * @param <T> what such a limit says
 * @param <L> the limits
 */
public abstract class NamedLimits<T extends NamedLimit.Terms<T>, L extends NamedLimit<T>> {

    /** How many of a kind a tenant may have. */
    private static final int MOST = 100;

    private final Kind kind;
    private final NamedLimitStore<L> store;
    private final InstantSource clock;
    private final Runnable changed;
    private volatile Map<String, List<L>> known = Map.of();

    /**
     * What people are told of a kind of limits.
     *
     * @param word one of them, as in {@code budget}; the API's path is the plural
     * @param fixed what of its terms stays what it is
     * @param ofPlans the names of those that plans bring, which nobody sets: a regular expression
     * @param codes of its failures
     * @param page that shows how to set one
     */
    public record Kind(String word, String fixed, String ofPlans, Codes codes, String page) {}

    /** The codes of a kind's failures. */
    public record Codes(
            ErrorCode changed, ErrorCode invalid, ErrorCode byPlatform, ErrorCode tooMany, ErrorCode unknown) {}

    /**
     * Limits kept in that store.
     *
     * @param changed told after each change
     */
    protected NamedLimits(Kind kind, NamedLimitStore<L> store, InstantSource clock, Runnable changed) {
        this.kind = kind;
        this.store = store;
        this.clock = clock;
        this.changed = changed;
    }

    /** One that says that. */
    protected abstract L limit(TenantId tenant, String name, T terms, NamedLimit.Change change);

    /** A tenant's, as far as this server knows. */
    protected final List<L> known(TenantId tenant) {
        return known.getOrDefault(tenant.value(), List.of());
    }

    /** Reads all of them again. */
    public final void load() {
        known = store.all().stream()
                .collect(Collectors.groupingBy(one -> one.tenant().value()));
    }

    /** A tenant's, by name. */
    public final List<L> list(TenantId tenant) {
        return store.list(tenant);
    }

    /** A tenant's one of that name. */
    public final Optional<L> find(TenantId tenant, String name) {
        return store.find(tenant, name);
    }

    /**
     * The same where it must be there.
     *
     * @throws AgentOsException {@code …:UNKNOWN_…}
     */
    public final L require(TenantId tenant, String name) {
        return find(tenant, name)
                .orElseThrow(() -> new AgentOsException(
                        kind.codes().unknown(),
                        "There is no " + kind.word() + " '" + name + "'.",
                        "GET /api/v1/" + kind.word() + "s lists them."));
    }

    /**
     * Sets a limit, which holds at once here and in a second on other servers; what it has counted stays.
     *
     * @param seen the revision that the caller has seen, 0 for none
     * @param dryRun whether to check only
     * @throws AgentOsException {@code …:…_CHANGED}, {@code …:TOO_MANY_…}, {@code …:SET_BY_PLATFORM}
     * @throws InvalidInputException {@code …:INVALID_…} for a name that cannot be, or terms that count something else
     */
    public final L put(TenantId tenant, String name, T terms, long seen, Author author, boolean dryRun) {
        if (!name.matches("[a-z][a-z0-9-]{0,62}")) {
            throw invalid(
                    "/name",
                    "A " + kind.word()
                            + "'s name is 1 to 63 lower-case letters, digits and hyphens, beginning with a letter.");
        }
        requireOwn(name);
        List<L> others = store.list(tenant);
        Optional<L> before =
                others.stream().filter(one -> one.name().equals(name)).findFirst();
        before.ifPresent(one -> requireMay(one, author));
        if (before.filter(one -> !one.terms().counts(terms)).isPresent()) {
            throw invalid(
                    "/scope",
                    "The " + kind.word() + " '" + name + "' has counted something else: its " + kind.fixed()
                            + " stay what they are. Remove it first, or choose another name.");
        }
        if (before.isEmpty() && others.size() >= MOST) {
            throw new AgentOsException(
                    kind.codes().tooMany(),
                    "There are " + MOST + " " + kind.word() + "s already.",
                    "Remove one; one " + kind.word() + " can count each agent or key for itself.");
        }
        L limit = limit(
                tenant,
                name,
                terms,
                new NamedLimit.Change(Revisions.after(seen), author.platform(), author.id(), clock.instant()));
        if (dryRun) {
            return limit;
        }
        if (!store.put(limit, seen)) {
            throw changed(name);
        }
        changed.run();
        return limit;
    }

    /** Removes a limit and what it has counted; fails as {@link #put} and {@link #require}. */
    public final void delete(TenantId tenant, String name, long seen, Author author) {
        requireMay(require(tenant, name), author);
        requireOwn(name);
        if (!store.delete(tenant, name, seen)) {
            throw changed(name);
        }
        changed.run();
    }

    private void requireOwn(String name) {
        if (name.matches(kind.ofPlans())) {
            throw invalid(
                    "/name",
                    "'" + name + "' is the name of a " + kind.word() + " that a plan brings; a " + kind.word()
                            + " of another name that the platform sets for the tenant and the period takes its place.");
        }
    }

    private void requireMay(L limit, Author author) {
        if (limit.change().byPlatform() && !author.platform()) {
            throw new AgentOsException(
                    kind.codes().byPlatform(),
                    "The " + kind.word() + " '" + limit.name() + "' was set by an administrator of the platform.",
                    "Ask one to change it.");
        }
    }

    private AgentOsException changed(String name) {
        return new AgentOsException(
                kind.codes().changed(),
                "The " + kind.word() + " '" + name + "' was changed since it was read.",
                "Read it again and repeat the change.");
    }

    private InvalidInputException invalid(String pointer, String message) {
        return invalid(kind, pointer, message);
    }

    /** The refusal of terms that cannot be. */
    protected static InvalidInputException invalid(Kind kind, String pointer, String message) {
        return InvalidInputException.of(
                kind.codes().invalid(), pointer, message, "Correct it, as " + kind.page() + " shows.");
    }
}
