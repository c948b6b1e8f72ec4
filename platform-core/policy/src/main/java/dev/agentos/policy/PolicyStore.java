package dev.agentos.policy;

import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.tenancy.TenantId;
import java.util.List;
import java.util.Optional;

/** Keeps every version of every policy. An owner is a tenant, or the platform when empty. */
public interface PolicyStore {

    /** A number that grows with each change of any policy. */
    long generation();

    /** The newest versions of the platform's policies and of those of that tenant, without those that are no more. */
    List<Policy> inForce(Optional<TenantId> tenant);

    /** The newest versions of an owner's policies, by name, without those that are no more. */
    List<Policy> list(Optional<TenantId> owner);

    /** The newest version of a policy, also of one that is no more. */
    Optional<Policy> find(Optional<TenantId> owner, String name);

    /** That version of a policy. */
    Optional<Policy> find(Optional<TenantId> owner, String name, int version);

    /** The versions of a policy, the newest first; a cursor is a version. */
    Page<Policy> versions(Optional<TenantId> owner, String name, PageRequest request);

    /** Adds a version and lets the generation grow; false when there is a version of that number already. */
    boolean add(Policy version);
}
