package dev.agentos.policy;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.schemas.JsonSchemas;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.Membership;
import dev.agentos.tenancy.TenantId;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Policies: rules that administrators write, kept in versions, and the decisions that they come to. The platform's bind
 * everybody, a tenant's bind that tenant. Rules of both are asked; of all that match the strongest effect holds, so
 * that one more rule can forbid what was allowed and never the other way round. What rules are read into is remembered;
 * {@link #refresh} forgets it when anything was changed.
 */
public final class Policies {

    private static final int MOST_POLICIES = 100;

    /**
     * Characters of one policy as it is kept, and of all of an owner together: a decision needs all of them at hand.
     */
    private static final int LONGEST = 1_000_000;

    private static final int LONGEST_TOGETHER = 4_000_000;
    private static final long MOST_REMEMBERED = 32_000_000;
    private static final int SMALL = 3_000;

    private final PolicyStore store;
    private final InstantSource clock;
    private final boolean registry;
    private final Cache<Optional<TenantId>, Read> read = Caffeine.newBuilder()
            .maximumWeight(MOST_REMEMBERED)
            .weigher((Optional<TenantId> tenant, Read kept) -> Math.max(SMALL, kept.characters()))
            .build();
    /** Held while the store is asked for its number and that is taken over, so that no older one replaces it. */
    private final Object learning = new Object();

    private volatile long generation = -1;
    private volatile Memberships memberships = (tenant, principal) -> Membership.NONE;

    private record Read(long generation, RuleIndex rules, int characters) {}

    /** Tells in which roles and groups somebody is now. */
    @FunctionalInterface
    public interface Memberships {
        /** Those of a principal of that tenant; none of one that it does not have. */
        Membership of(TenantId tenant, String principal);
    }

    /** A server's policies, kept in that store. */
    public Policies(PolicyStore store, InstantSource clock) {
        this(store, clock, false);
    }

    private Policies(PolicyStore store, InstantSource clock, boolean registry) {
        this.store = store;
        this.clock = clock;
        this.registry = registry;
    }

    /** A registry's policies: it asks at {@link PolicyPoint#PUBLISH} alone, where a server never does. */
    public static Policies ofRegistry(PolicyStore store, InstantSource clock) {
        return new Policies(store, clock, true);
    }

    /** By whom it is known in which roles and groups somebody is; only rules that speak of them ask. */
    public void knowBy(Memberships known) {
        memberships = known;
    }

    /** The newest versions of the policies of a tenant, or of the platform when empty, by name. */
    public List<Policy> list(Optional<TenantId> owner) {
        return store.list(owner);
    }

    /**
     * The newest version of a policy.
     *
     * @throws AgentOsException {@code policy:UNKNOWN_POLICY}
     */
    public Policy require(Optional<TenantId> owner, String name) {
        return store.find(owner, name)
                .filter(policy -> policy.document().isPresent())
                .orElseThrow(() -> unknown(name));
    }

    /** The newest version of a policy, also of one that is no more. */
    public Optional<Policy> find(Optional<TenantId> owner, String name) {
        return store.find(owner, name);
    }

    /** The versions of a policy, the newest first, also when it is no more; {@code policy:UNKNOWN_POLICY}. */
    public Page<Policy> versions(Optional<TenantId> owner, String name, PageRequest request) {
        if (store.find(owner, name).isEmpty()) {
            throw unknown(name);
        }
        return store.versions(owner, name, request);
    }

    /**
     * Adds a version.
     *
     * @param seen the version that the caller has seen, 0 for none
     * @param author who changes it
     * @param dryRun whether to check only
     * @throws AgentOsException {@code policy:POLICY_CHANGED}, {@code policy:TOO_MANY_POLICIES}
     * @throws InvalidInputException {@code policy:INVALID_POLICY} for a name that cannot be, and for rules at a point
     *     where nobody would ask them
     */
    public Policy put(
            Optional<TenantId> owner, String name, PolicyDocument document, long seen, Author author, boolean dryRun) {
        requireAsked(document);
        return written(owner, name, document, seen, author, dryRun);
    }

    /**
     * A policy that is tried and not kept, also one that would be asked elsewhere; fails as {@link #put} for a name or
     * models that cannot be.
     */
    public Policy candidate(Optional<TenantId> owner, String name, PolicyDocument document, Author author) {
        long seen = store.find(owner, name).map(Policy::version).orElse(0);
        return written(owner, name, document, seen, author, true);
    }

    private Policy written(
            Optional<TenantId> owner, String name, PolicyDocument document, long seen, Author author, boolean dryRun) {
        if (!name.matches("[a-z][a-z0-9-]{0,62}")) {
            throw InvalidInputException.of(
                    PolicyErrorCode.INVALID_POLICY,
                    "/name",
                    "A policy's name is 1 to 63 lower-case letters, digits and hyphens, beginning with a letter.",
                    "Choose such a name.");
        }
        if (owner.isPresent() && !document.models().isEmpty()) {
            throw InvalidInputException.of(
                    PolicyErrorCode.INVALID_POLICY,
                    "/models",
                    "What models are is said by the platform's policies, since its rules go by it.",
                    "Leave out 'models', and name models in the rules.");
        }
        requireUsable(document);
        requireRoom(owner, name, document);
        return add(owner, name, Optional.of(document), seen, author, dryRun);
    }

    /** Whoever has more than there is room for, from an earlier release, may have less of it. */
    private void requireRoom(Optional<TenantId> owner, String name, PolicyDocument document) {
        List<Policy> before = store.list(owner);
        List<Policy> others =
                before.stream().filter(policy -> !policy.name().equals(name)).toList();
        if (others.size() >= MOST_POLICIES) {
            throw new AgentOsException(
                    PolicyErrorCode.TOO_MANY_POLICIES,
                    "There are " + MOST_POLICIES + " policies already.",
                    "Put rules that belong together into one policy, or remove one.");
        }
        long own = document.toJson().toString().length();
        long together = own + characters(others);
        boolean alone = own > LONGEST;
        if (together > characters(before) && (alone || together > LONGEST_TOGETHER)) {
            throw InvalidInputException.of(
                    PolicyErrorCode.INVALID_POLICY,
                    "",
                    alone
                            ? "A policy has at most " + LONGEST + " characters, written without spaces."
                            : "With this one the policies would have more than " + LONGEST_TOGETHER
                                    + " characters together.",
                    "Say the same with fewer rules, or with shorter ones; or remove what no longer holds.");
        }
    }

    private static long characters(List<Policy> policies) {
        return policies.stream()
                .flatMap(policy -> policy.document().stream())
                .mapToLong(document -> document.toJson().toString().length())
                .sum();
    }

    /**
     * Who changes a policy, and why.
     *
     * @param principal the id of the principal
     * @param note for people
     */
    public record Author(String principal, Optional<String> note) {}

    /** Adds a version that says that the policy is no more; fails as {@link #put}. */
    public void delete(Optional<TenantId> owner, String name, long seen, Author author) {
        require(owner, name);
        add(owner, name, Optional.empty(), seen, author, false);
    }

    /**
     * Adds a version that says what an earlier one said.
     *
     * @throws AgentOsException {@code policy:UNKNOWN_POLICY} when there is no such version, or that one says nothing
     */
    public Policy rollback(Optional<TenantId> owner, String name, int version, Author author) {
        Policy newest = store.find(owner, name).orElseThrow(() -> unknown(name));
        Policy wanted = store.find(owner, name, version)
                .filter(policy -> policy.document().isPresent())
                .orElseThrow(() -> new AgentOsException(
                        PolicyErrorCode.UNKNOWN_POLICY,
                        "The policy '" + name + "' has no version " + version + " to go back to.",
                        "GET /api/v1/policies/" + name + "/versions lists them."));
        wanted.document().ifPresent(this::requireAsked);
        wanted.document().ifPresent(Policies::requireUsable);
        wanted.document().ifPresent(document -> requireRoom(owner, name, document));
        return add(owner, name, wanted.document(), newest.version(), author, false);
    }

    private Policy add(
            Optional<TenantId> owner,
            String name,
            Optional<PolicyDocument> document,
            long seen,
            Author author,
            boolean dryRun) {
        long newest = store.find(owner, name).map(Policy::version).orElse(0);
        Policy wanted = new Policy(
                owner,
                name,
                Math.toIntExact(newest + 1),
                document,
                new Policy.Change(clock.instant().truncatedTo(ChronoUnit.MICROS), author.principal(), author.note()));
        if (newest != seen || (!dryRun && !store.add(wanted))) {
            throw new AgentOsException(
                    PolicyErrorCode.POLICY_CHANGED,
                    "The policy '" + name + "' was changed since it was read.",
                    "Read it again and repeat the change with its new ETag.");
        }
        if (!dryRun) {
            refresh();
        }
        return wanted;
    }

    /** A rule that is never asked would be taken for one that holds. */
    private void requireAsked(PolicyDocument document) {
        List<Fault> faults = new ArrayList<>();
        for (int i = 0; i < document.rules().size(); i++) {
            PolicyRule rule = document.rules().get(i);
            if (!asks(rule.point())) {
                faults.add(unasked("/rules/" + i + "/point", "Rule '" + rule.id() + "'", rule.point()));
            }
        }
        document.closed().stream()
                .filter(point -> !asks(point))
                .forEach(point -> faults.add(unasked("/defaults/" + point.word(), "A default", point)));
        InvalidInputException.refuse(
                faults,
                PolicyErrorCode.INVALID_POLICY,
                "The policy would not hold",
                registry
                        ? "Keep to rules at 'publish' in a registry's file; a server takes the others, with"
                                + " 'agentos policy set'."
                        : "Write such rules into the file of the registry, which 'agentos registry --policy FILE'"
                                + " reads, and leave them out here.");
    }

    /** A schema that is none would deny everything; what an earlier release let in still does. */
    private static void requireUsable(PolicyDocument document) {
        List<Fault> faults = new ArrayList<>();
        for (int i = 0; i < document.rules().size(); i++) {
            String pointer = "/rules/" + i + "/check/schema";
            document.rules()
                    .get(i)
                    .terms()
                    .check()
                    .flatMap(GateCheck::schema)
                    .ifPresent(schema ->
                            faults.addAll(JsonSchemas.faults(schema, pointer, PolicyErrorCode.INVALID_POLICY.code())));
        }
        InvalidInputException.refuse(
                faults,
                PolicyErrorCode.INVALID_POLICY,
                "A schema of the policy cannot be used",
                "Correct it at the places that are named, by https://json-schema.org.");
    }

    private boolean asks(PolicyPoint point) {
        return registry == (point == PolicyPoint.PUBLISH);
    }

    private Fault unasked(String pointer, String what, PolicyPoint point) {
        return new Fault(
                pointer,
                PolicyErrorCode.INVALID_POLICY.code(),
                what + " is at '" + point.word() + "', which only a " + (registry ? "server" : "registry") + " asks.");
    }

    /** Finds out whether anything was changed, here or on another server; the store is asked once. */
    public void refresh() {
        learn();
    }

    private long learn() {
        synchronized (learning) {
            long current = store.generation();
            generation = current;
            return current;
        }
    }

    /**
     * What the rules in force come to.
     *
     * @throws AgentOsException {@code server:DATABASE_UNAVAILABLE} when they are not known and cannot be read
     */
    public Decision decide(PolicyQuestion question) {
        return rules(question.tenant()).decide(question, clock);
    }

    /** Whether no rule says anything about a point, so that nothing needs to be asked there. */
    public boolean silent(Optional<TenantId> tenant, PolicyPoint point) {
        return rules(tenant).silent(point);
    }

    /**
     * Whether the rules can only tell once they know what a variable is: a rule that would be asked speaks of it, or
     * has a check.
     *
     * @param variable as in {@code output}
     */
    public boolean dependsOn(String variable, PolicyQuestion question) {
        return rules(question.tenant()).looksAt(variable, question);
    }

    /**
     * What the rules would come to with another policy beside or instead of one in force.
     *
     * @param candidate takes the place of the tenant's policy of its name; empty for those in force alone
     */
    public Decision evaluate(PolicyQuestion question, Optional<Policy> candidate) {
        return rules(question.tenant(), candidate).decide(question, clock);
    }

    /**
     * What an expression of a check objects to, about what the question is.
     *
     * @param candidate takes the place of the tenant's policy of its name; empty for those in force alone
     */
    public Optional<String> objection(GateCheck check, PolicyQuestion question, Optional<Policy> candidate) {
        return check.expression().isEmpty()
                ? Optional.empty()
                : check.unheld(
                        question.point(),
                        rules(question.tenant(), candidate)
                                .values(
                                        question,
                                        clock.instant(),
                                        check.expression().get()));
    }

    private RuleIndex rules(Optional<TenantId> tenant, Optional<Policy> candidate) {
        if (candidate.isEmpty()) {
            return rules(tenant);
        }
        List<Policy> policies = new ArrayList<>(store.inForce(tenant));
        policies.removeIf(policy -> policy.name().equals(candidate.get().name())
                && policy.tenant().equals(candidate.get().tenant()));
        policies.add(candidate.get());
        return index(policies);
    }

    private RuleIndex rules(Optional<TenantId> tenant) {
        long now = generation;
        Read known = read.getIfPresent(tenant);
        if (known != null && known.generation() == now) {
            return known.rules();
        }
        // The number first: rules that are newer than it are read again, and older ones are never taken for newer.
        long current = learn();
        List<Policy> policies = store.inForce(tenant);
        RuleIndex rules = index(policies);
        read.put(tenant, new Read(current, rules, Math.toIntExact(Math.min(characters(policies), Integer.MAX_VALUE))));
        return rules;
    }

    private RuleIndex index(List<Policy> policies) {
        return new RuleIndex(policies, (tenant, principal) -> memberships.of(tenant, principal));
    }

    private static AgentOsException unknown(String name) {
        return new AgentOsException(
                PolicyErrorCode.UNKNOWN_POLICY,
                "There is no policy '" + name + "'.",
                "List the policies with GET /api/v1/policies.");
    }
}
