package dev.agentos.tenancy;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.kernel.Search;
import dev.agentos.spi.AgentOsException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * The people and service accounts of tenants and of the platform. Whoever changes one must hold all that it may do,
 * before and after: so nobody rises above their own rights, nor acts against somebody who has more.
 */
public final class Users {

    /** How long a server may still take a user for what it was. */
    private static final Duration DELAY = Duration.ofMillis(500);

    private static final int ATTEMPTS = 5;
    private static final int MOST_ROLES = 20;
    private static final int MOST_CHARACTERS = 200;
    private static final int MAX_ADDRESS = 254;

    private final UserStore store;
    private final Roles roles;
    private final GroupStore groups;
    private final Ids ids;
    private final InstantSource clock;
    private final Cache<Key, Principal> seen =
            Caffeine.newBuilder().maximumSize(10_000).expireAfterWrite(DELAY).build();

    private record Key(Optional<TenantId> tenant, String user) {}

    /** Users kept in that store, with those roles, and in no groups. */
    public Users(UserStore store, Roles roles, Ids ids, InstantSource clock) {
        this(store, roles, GroupStore.NONE, ids, clock);
    }

    /** Users kept in that store, with those roles, and those of the groups. */
    public Users(UserStore store, Roles roles, GroupStore groups, Ids ids, InstantSource clock) {
        this.store = store;
        this.roles = roles;
        this.groups = groups;
        this.ids = ids;
        this.clock = clock;
    }

    /** The roles that they may have. */
    public Roles roles() {
        return roles;
    }

    /** The groups that they may be in. */
    public Groups groups() {
        return new Groups(groups, this);
    }

    /**
     * Adds a service account, which is active at once.
     *
     * @param by who must hold all that its roles hold
     * @param name for people, 1 to 200 characters
     * @throws AgentOsException {@code server:INVALID_FIELD} for a role that there is not or
     *     {@code tenancy:SCOPE_MISSING}
     */
    public User addService(Principal by, Optional<TenantId> tenant, String name, Set<String> roleNames) {
        return addService(by, tenant, name, roleNames, Reach.ALL);
    }

    /** The same, confined to some agents and graphs. */
    public User addService(Principal by, Optional<TenantId> tenant, String name, Set<String> roleNames, Reach reach) {
        return add(by, tenant, User.Kind.SERVICE, name, Optional.empty(), roleNames, reach);
    }

    /**
     * Invites a person.
     *
     * @param by who must hold all that the roles hold
     * @param name for people, 1 to 200 characters
     * @param email by which they log in
     * @throws AgentOsException {@code server:INVALID_FIELD} for what is no address or no role,
     *     {@code tenancy:SCOPE_MISSING}, or {@code tenancy:USER_EXISTS} when they are a member already
     */
    public User invite(Principal by, Optional<TenantId> tenant, String name, String email, Set<String> roleNames) {
        return invite(by, tenant, name, email, roleNames, Reach.ALL);
    }

    /** The same, confined to some agents and graphs. */
    public User invite(
            Principal by, Optional<TenantId> tenant, String name, String email, Set<String> roleNames, Reach reach) {
        return add(by, tenant, User.Kind.PERSON, name, Optional.of(address(email)), roleNames, reach);
    }

    /**
     * Adds a person whom an identity provider vouches for, and who is active at once. Who lets people join has decided
     * on the role; nobody else is asked.
     *
     * @param address as {@link #address} writes it
     * @return the member; empty when the person was one before, of whatever state
     */
    public Optional<User> join(TenantId tenant, String address, String role) {
        return store.insert(new User(
                ids.next("usr"),
                User.Kind.PERSON,
                Optional.of(tenant),
                address.substring(0, Math.min(address.length(), MOST_CHARACTERS)),
                Optional.of(address),
                Set.of(role),
                Reach.ALL,
                User.State.ACTIVE,
                true,
                clock.instant().truncatedTo(ChronoUnit.MICROS)));
    }

    /** An e-mail address as it is kept and compared. */
    public static String address(String email) {
        String address = email.strip().toLowerCase(Locale.ROOT);
        if (address.length() > MAX_ADDRESS || !address.matches("[^\\s@\\p{Cntrl}]+@[^\\s@\\p{Cntrl}]+")) {
            throw InvalidInputException.of(
                    KernelErrorCode.INVALID_FIELD,
                    "/email",
                    "The field 'email' is not an e-mail address of at most 254 characters.",
                    "Correct it, as in ada@example.org.");
        }
        return address;
    }

    private User add(
            Principal by,
            Optional<TenantId> tenant,
            User.Kind kind,
            String name,
            Optional<String> email,
            Set<String> roleNames,
            Reach reach) {
        if (name.isBlank() || name.length() > MOST_CHARACTERS) {
            throw new IllegalArgumentException("A name has 1 to 200 characters");
        }
        Confinement.require(tenant, roleNames, reach);
        by.requireToPassOn(Rights.of(granted(tenant, roleNames), reach));
        User user = new User(
                ids.next("usr"),
                kind,
                tenant,
                name,
                email,
                roleNames,
                reach,
                kind == User.Kind.SERVICE ? User.State.ACTIVE : User.State.INVITED,
                kind == User.Kind.SERVICE,
                clock.instant().truncatedTo(ChronoUnit.MICROS));
        return store.insert(user)
                .orElseThrow(() -> new AgentOsException(
                        TenancyErrorCode.USER_EXISTS,
                        "There is a user of that e-mail address already.",
                        "Give that user other roles, or name another address."));
    }

    /** Users of one tenant, or of the platform when empty, that are found by name, e-mail address or id. */
    public Page<User> list(Optional<TenantId> tenant, Search search, PageRequest request) {
        return store.list(tenant, search, request);
    }

    /** The user of that id, if it is that tenant's, or the platform's when empty. */
    public Optional<User> find(Optional<TenantId> tenant, String id) {
        return store.find(tenant, id);
    }

    /** Takes nobody of that tenant for what they were any more, on this server. */
    void forget(TenantId tenant) {
        seen.asMap().keySet().removeIf(key -> key.tenant().equals(Optional.of(tenant)));
    }

    /** By which roles and groups a user may do what it may, were it active. */
    public Membership membership(User user) {
        return membership(user, groupsOf(user));
    }

    private static Membership membership(User user, List<Group> in) {
        Set<String> names = new HashSet<>(user.roles());
        in.forEach(group -> names.addAll(group.roles()));
        return new Membership(names, in.stream().map(Group::name).collect(Collectors.toSet()));
    }

    /** The user of that id; {@code tenancy:UNKNOWN_USER} when the tenant has none such. */
    public User require(Optional<TenantId> tenant, String id) {
        return store.find(tenant, id)
                .orElseThrow(() -> new AgentOsException(
                        TenancyErrorCode.UNKNOWN_USER,
                        "There is no user '" + id + "'.",
                        "List the users with GET /api/v1/users."));
    }

    /** What a user may do as a member of its tenant, and with which agents, were it active. */
    public Rights rights(User user) {
        return rights(user, groupsOf(user));
    }

    private Rights rights(User user, List<Group> in) {
        Rights all = Rights.of(roles.scopes(user.tenant(), user.roles()), user.reach());
        for (Group group : in) {
            all = all.and(Rights.of(roles.scopes(user.tenant(), group.roles()), group.reach()));
        }
        return all;
    }

    private List<Group> groupsOf(User user) {
        return user.tenant().map(tenant -> groups.of(tenant, user.id())).orElse(List.of());
    }

    /** What the user of that id may do anywhere, as a member of whatever tenant. */
    public Set<Scope> scopesAnywhere(String id) {
        Set<Scope> all = EnumSet.noneOf(Scope.class);
        store.memberships(id)
                .forEach(membership -> all.addAll(rights(membership).scopes()));
        return all;
    }

    /** Everything that the user of that id is a member of. */
    public List<User> memberships(String id) {
        return store.memberships(id);
    }

    /** Whom the user of that id is in that tenant, as it was at most half a second ago; empty unless it is active. */
    public Optional<Principal> principal(Optional<TenantId> tenant, String id) {
        Key key = new Key(tenant, id);
        Optional<Principal> known = Optional.ofNullable(seen.getIfPresent(key));
        if (known.isPresent()) {
            return known;
        }
        Optional<Principal> found = store.find(tenant, id)
                .filter(user -> user.state() == User.State.ACTIVE)
                .map(user -> {
                    List<Group> in = groupsOf(user);
                    return new Principal(user.id(), user.name(), user.tenant(), rights(user, in), membership(user, in));
                });
        found.ifPresent(principal -> seen.put(key, principal));
        return found;
    }

    /**
     * Gives a user other roles.
     *
     * @throws AgentOsException {@code tenancy:UNKNOWN_USER}, {@code server:INVALID_FIELD} for a role that there is not,
     *     {@code tenancy:SCOPE_MISSING}, or {@code tenancy:LAST_OWNER}
     */
    public User giveRoles(Principal by, Optional<TenantId> tenant, String id, Set<String> roleNames) {
        return giveRoles(by, tenant, id, roleNames, Optional.empty());
    }

    /** The same, confined to other agents and graphs than before, or to the same when empty. */
    public User giveRoles(
            Principal by, Optional<TenantId> tenant, String id, Set<String> roleNames, Optional<Reach> confined) {
        return giveRoles(by, tenant, id, roleNames, confined, user -> {});
    }

    /**
     * The same in a state that the caller has seen.
     *
     * @param seen fails when the user is in another state; asked about the very one that is changed
     */
    public User giveRoles(
            Principal by,
            Optional<TenantId> tenant,
            String id,
            Set<String> roleNames,
            Optional<Reach> confined,
            Consumer<User> seen) {
        return change(by, tenant, id, user -> {
            seen.accept(user);
            Reach reach = confined.orElse(user.reach());
            Confinement.require(tenant, roleNames, reach);
            by.requireToPassOn(Rights.of(granted(tenant, roleNames), reach));
            return user.with(roleNames, reach);
        });
    }

    /** Lets a user do nothing any more, until it is enabled again; every server refuses it within half a second. */
    public User disable(Principal by, Optional<TenantId> tenant, String id) {
        return change(by, tenant, id, user -> user.in(User.State.DISABLED));
    }

    /** Lets a user do again what its roles allow, or come who has not come yet. */
    public User enable(Principal by, Optional<TenantId> tenant, String id) {
        return change(
                by,
                tenant,
                id,
                user -> user.state() == User.State.DISABLED
                        ? user.in(user.came() ? User.State.ACTIVE : User.State.INVITED)
                        : user);
    }

    /** An invited person has come. */
    public User activate(Optional<TenantId> tenant, String id) {
        return changed(tenant, id, old -> old.state() == User.State.INVITED ? old.in(User.State.ACTIVE) : old);
    }

    /** Removes a user and revokes its keys. */
    public void remove(Principal by, Optional<TenantId> tenant, String id) {
        apply(tenant, id, old -> {
            by.requireToPassOn(rights(old));
            return store.remove(old, clock.instant());
        });
    }

    private User change(Principal by, Optional<TenantId> tenant, String id, UnaryOperator<User> change) {
        return changed(tenant, id, old -> {
            by.requireToPassOn(rights(old));
            return change.apply(old);
        });
    }

    private User changed(Optional<TenantId> tenant, String id, UnaryOperator<User> change) {
        apply(tenant, id, old -> {
            User wanted = change.apply(old);
            return wanted.equals(old) ? UserStore.Outcome.DONE : store.replace(old, wanted);
        });
        return require(tenant, id);
    }

    private void apply(Optional<TenantId> tenant, String id, Function<User, UserStore.Outcome> change) {
        try {
            for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
                switch (change.apply(require(tenant, id))) {
                    case DONE -> {
                        return;
                    }
                    case LAST_OWNER ->
                        throw new AgentOsException(
                                TenancyErrorCode.LAST_OWNER,
                                "This is the last active owner.",
                                "Make somebody else an owner first.");
                    case CHANGED -> {}
                }
            }
        } finally {
            seen.invalidate(new Key(tenant, id));
        }
        throw new AgentOsException(
                TenancyErrorCode.USER_CHANGED,
                "The user '" + id + "' is changed by others at the same time.",
                "Look at it again, and try again.");
    }

    /** What roles of these names hold, each of which there must be. */
    private Set<Scope> granted(Optional<TenantId> tenant, Set<String> names) {
        if (names.size() > MOST_ROLES) {
            throw InvalidInputException.of(
                    KernelErrorCode.INVALID_FIELD,
                    "/roles",
                    "A user has at most " + MOST_ROLES + " roles.",
                    "Make one role of several.");
        }
        for (String name : names) {
            if (roles.find(tenant, name).isEmpty()) {
                throw InvalidInputException.of(
                        KernelErrorCode.INVALID_FIELD,
                        "/roles",
                        "There is no role '" + name + "'.",
                        "List the roles with GET /api/v1/roles.");
            }
        }
        return roles.scopes(tenant, names);
    }
}
