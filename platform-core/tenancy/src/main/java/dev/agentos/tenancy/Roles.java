package dev.agentos.tenancy;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.Revisions;
import dev.agentos.spi.AgentOsException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The roles that there are: the built-in ones, and those that a tenant has made. */
public final class Roles {

    /** How many roles a tenant may make. */
    public static final int MOST = 100;

    private final RoleStore store;

    /** Roles kept in that store. */
    public Roles(RoleStore store) {
        this.store = store;
    }

    /** All roles of a tenant, or of the platform when empty: the built-in ones first. */
    public List<Role> list(Optional<TenantId> tenant) {
        List<Role> roles = new ArrayList<>(
                Arrays.stream(BuiltInRole.values()).map(role -> role.of(tenant)).toList());
        roles.addAll(store.list(tenant));
        return roles;
    }

    /** The role of that name; {@code tenancy:UNKNOWN_ROLE} when there is none. */
    public Role require(Optional<TenantId> tenant, String name) {
        return find(tenant, name).orElseThrow(() -> unknown(name));
    }

    /** The role of that name. */
    public Optional<Role> find(Optional<TenantId> tenant, String name) {
        return BuiltInRole.ofWord(name).map(role -> role.of(tenant)).or(() -> store.find(tenant, name));
    }

    /** What somebody with these roles may do; a role that there is no more grants nothing. */
    public Set<Scope> scopes(Optional<TenantId> tenant, Collection<String> names) {
        Set<Scope> scopes = EnumSet.noneOf(Scope.class);
        for (String name : names) {
            find(tenant, name).ifPresent(role -> scopes.addAll(role.scopes()));
        }
        if (tenant.isPresent()) {
            scopes.removeIf(Scope::platform);
        }
        return scopes;
    }

    /**
     * Makes a role, or changes it for all who have it.
     *
     * @param by who must hold all that the role holds, before and after
     * @param role with the revision that was seen
     * @return it with the revision that it has now
     * @throws AgentOsException {@code tenancy:INVALID_NAME}, {@code tenancy:BUILT_IN_ROLE},
     *     {@code tenancy:UNKNOWN_SCOPE} for a scope of the platform in a tenant, {@code tenancy:SCOPE_MISSING},
     *     {@code tenancy:TOO_MANY_ROLES}, {@code server:PRECONDITION_FAILED}
     */
    public Role put(Principal by, Role role) {
        requireChangeable(role.name());
        if (!role.name().matches("[a-z][a-z0-9-]{0,62}")) {
            throw InvalidInputException.of(
                    TenancyErrorCode.INVALID_NAME,
                    "/name",
                    "A role's name is 1 to 63 lower-case letters, digits and hyphens, beginning with a letter.",
                    "Choose such a name.");
        }
        if (role.tenant().isPresent()) {
            role.scopes().stream().filter(Scope::platform).findFirst().ifPresent(scope -> {
                throw new AgentOsException(
                        TenancyErrorCode.UNKNOWN_SCOPE,
                        "A tenant's role cannot hold the platform scope '" + scope.word() + "'.",
                        "Leave it out, or make a role of the platform.");
            });
        }
        by.requireToPassOn(role.scopes());
        store.find(role.tenant(), role.name()).ifPresent(old -> by.requireToPassOn(old.scopes()));
        Role next = role.next();
        return switch (store.put(next, role.revision(), MOST)) {
            case DONE -> next;
            case CHANGED -> throw changed(role.name());
            case REFUSED ->
                throw new AgentOsException(
                        TenancyErrorCode.TOO_MANY_ROLES,
                        "There are " + MOST + " roles already.",
                        "Remove one that nobody needs, with DELETE /api/v1/roles/{name}.");
        };
    }

    /**
     * Removes a role.
     *
     * @param seen its revision as it was seen
     * @throws AgentOsException {@code tenancy:UNKNOWN_ROLE}, {@code tenancy:BUILT_IN_ROLE},
     *     {@code tenancy:SCOPE_MISSING}, {@code tenancy:ROLE_IN_USE}, or {@code server:PRECONDITION_FAILED}
     */
    public void delete(Principal by, Optional<TenantId> tenant, String name, long seen) {
        requireChangeable(name);
        by.requireToPassOn(require(tenant, name).scopes());
        switch (store.delete(tenant, name, seen)) {
            case DONE -> {}
            case CHANGED -> throw changed(name);
            case REFUSED ->
                throw new AgentOsException(
                        TenancyErrorCode.ROLE_IN_USE,
                        "Somebody has the role '" + name + "'.",
                        "Take it from them first; GET /api/v1/users shows who has which.");
        }
    }

    private static void requireChangeable(String name) {
        if (BuiltInRole.ofWord(name).isPresent()) {
            throw new AgentOsException(
                    TenancyErrorCode.BUILT_IN_ROLE,
                    "The role '" + name + "' comes with the server and is the same everywhere.",
                    "Make a role of another name with the scopes that you need.");
        }
    }

    private static AgentOsException changed(String name) {
        return Revisions.changed("The role '" + name + "'");
    }

    private static AgentOsException unknown(String name) {
        return new AgentOsException(
                TenancyErrorCode.UNKNOWN_ROLE,
                "There is no role '" + name + "'.",
                "List the roles with GET /api/v1/roles.");
    }
}
