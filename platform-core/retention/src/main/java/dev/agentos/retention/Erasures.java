package dev.agentos.retention;

import dev.agentos.audit.Audit;
import dev.agentos.execution.Executions;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.Operation;
import dev.agentos.kernel.Operations;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.policy.KillSwitches;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.ApiKeys;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.TenancyErrorCode;
import dev.agentos.tenancy.Tenant;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.Tenants;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Erases tenants and people for good. What was begun is finished whatever happens to the server that began it: every
 * server looks for erasures that nobody works on.
 */
public final class Erasures {

    /** The kinds of the operations that are gone on with after a restart. */
    public static final String[] RESUMED = {ErasureWork.TENANT, ErasureWork.PERSON};

    static final Duration LEASE = Duration.ofSeconds(30);

    private final Stores stores;
    private final Work work;
    private final Platform platform;

    /** Where it is kept what is erased, and what is to be. */
    public record Stores(ErasureStore erasures, TenantDataStore data, TenantFiles files) {}

    /** What goes on meanwhile, and is to stop. */
    public record Work(Tenants tenants, ApiKeys keys, Executions executions, KillSwitches switches) {}

    /**
     * What else it takes.
     *
     * @param node this server's id, for leases
     */
    public record Platform(Operations operations, Audit audit, String node, Ids ids, InstantSource clock) {}

    /** Erasures of what is kept there. */
    public Erasures(Stores stores, Work work, Platform platform) {
        this.stores = stores;
        this.work = work;
        this.platform = platform;
    }

    /**
     * Begins to erase a tenant. Its keys are refused within a second, what runs is stopped, and when the operation has
     * ended nothing is left but the records of what was done, and this.
     *
     * @param by the id of the principal that asks
     */
    public Erasure tenant(Tenant tenant, String by) {
        return begin(tenant, Optional.empty(), by);
    }

    /**
     * Begins to erase what a principal of a tenant began; see {@link TenantDataStore#left} for what stays.
     *
     * @param by who asks
     * @throws AgentOsException as {@link #erasable}
     */
    public Erasure person(Tenant tenant, String principal, Principal by) {
        return begin(tenant, erasable(tenant.id(), principal, by).principal(), by.id());
    }

    /**
     * What is meant by an id, for somebody who may erase it: its keys end and its membership goes, so nobody erases who
     * may do more than they.
     *
     * @throws AgentOsException {@code retention:UNKNOWN_PRINCIPAL}, {@code tenancy:SCOPE_MISSING},
     *     {@code tenancy:OUT_OF_REACH} or {@code tenancy:LAST_OWNER}
     */
    public Whose erasable(TenantId tenant, String id, Principal by) {
        Whose whose = meant(tenant, id);
        work.keys().requireToRemove(by, tenant, whose.principal().orElseThrow());
        requireNotLastOwner(whose);
        return whose;
    }

    /** What would stay of what a principal had a part in, by kind. */
    public Map<String, List<String>> left(Whose whose) {
        return stores.data().left(whose);
    }

    /**
     * What is meant by the id of a principal or of a key: a mistyped one must not look as if it were done, and a key
     * that another one was rotated into stands for the same principal.
     *
     * @throws AgentOsException {@code retention:UNKNOWN_PRINCIPAL}
     */
    public Whose meant(TenantId tenant, String id) {
        return new Whose(
                tenant,
                Optional.of(stores.data()
                        .meant(tenant, id)
                        .orElseThrow(() -> new AgentOsException(
                                RetentionErrorCode.UNKNOWN_PRINCIPAL,
                                "Nothing is there of a principal '" + id + "' in this tenant.",
                                "Name the id of a user (GET /api/v1/users) or of a key (GET /api/v1/api-keys), or what"
                                        + " an execution shows as startedBy."))));
    }

    /**
     * Passes when somebody else owns the tenant, or that principal does not.
     *
     * @throws AgentOsException {@code tenancy:LAST_OWNER}
     */
    public void requireNotLastOwner(Whose whose) {
        if (stores.erasures().lastOwner(whose)) {
            throw new AgentOsException(
                    TenancyErrorCode.LAST_OWNER,
                    "This is the last active owner of the tenant.",
                    "Make somebody else an owner first, or erase the tenant.");
        }
    }

    private Erasure begin(Tenant tenant, Optional<String> principal, String by) {
        Erasure wanted = new Erasure(
                platform.ids().next("ers"),
                new Whose(tenant.id(), principal),
                tenant.name(),
                by,
                platform.clock().instant().truncatedTo(ChronoUnit.MICROS),
                Optional.empty(),
                Map.of(),
                Optional.empty());
        Erasure begun = stores.erasures().begin(wanted).orElseThrow(() -> {
            requireNotLastOwner(wanted.whose());
            return new AgentOsException(
                    TenancyErrorCode.UNKNOWN_TENANT,
                    "There is no tenant '" + tenant.name() + "'.",
                    "List the tenants with GET /api/v1/tenants.");
        });
        if (principal.isEmpty()) {
            work.tenants().forget(tenant.id());
        }
        if (stores.erasures().claim(begun.id(), platform.node(), LEASE)) {
            return run(begun);
        }
        return stores.erasures().find(Optional.empty(), begun.id()).orElse(begun);
    }

    private Erasure run(Erasure erasure) {
        ErasureWork job = new ErasureWork(stores, work, platform, erasure);
        Optional<Operation> before = erasure.operation()
                .flatMap(platform.operations()::find)
                .filter(operation -> !operation.state().terminal());
        if (before.isPresent()) {
            platform.operations().resume(before.get(), job);
            return erasure;
        }
        String operation = platform.ids().next("op");
        stores.erasures().operation(erasure.id(), operation);
        platform.operations()
                .start(operation, job.kind(), erasure.whose().tenant().value(), job);
        return erasure.by(operation);
    }

    /**
     * To be called once, before the first {@link #follow}: nobody works here on what this server was at when it ended.
     */
    public void recover() {
        stores.erasures().releaseAll(platform.node());
    }

    /** Goes on with what nobody works on, and removes files of tenants that are gone; to be called now and then. */
    public void follow() {
        stores.erasures().claim(platform.node(), LEASE).forEach(this::run);
    }

    /** Removes what this server has on its disk of tenants that were erased, by whichever server. */
    public void removeFiles() {
        stores.files().tenants().stream()
                .filter(name -> stores.erasures().erased(new TenantId(name)))
                .forEach(stores.files()::remove);
    }

    /**
     * An erasure of a tenant, or of any when none is named.
     *
     * @throws AgentOsException {@code retention:UNKNOWN_ERASURE}
     */
    public Erasure require(Optional<TenantId> tenant, String id) {
        return stores.erasures()
                .find(tenant, id)
                .orElseThrow(() -> new AgentOsException(
                        RetentionErrorCode.UNKNOWN_ERASURE,
                        "There is no erasure '" + id + "'.",
                        "List them with GET /api/v1/erasures."));
    }

    /** Those of people of a tenant, or those of tenants when none is named; newest first. */
    public Page<Erasure> list(Optional<TenantId> tenant, PageRequest request) {
        return stores.erasures().list(tenant, request);
    }
}
