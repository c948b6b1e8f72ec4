package dev.agentos.retention;

import dev.agentos.audit.AuditEntry;
import dev.agentos.execution.Executions;
import dev.agentos.graph.ExecutionId;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.Operations;
import dev.agentos.policy.KillSwitchTarget;
import dev.agentos.policy.KillSwitches;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One erasure from wherever it stands: it stops what runs, waits for it, removes batch by batch, and ends with a
 * record. Each part can be done again.
 */
final class ErasureWork implements Operations.Work {

    static final String TENANT = "tenant.erase";
    static final String PERSON = "person.erase";

    /** For so long a server may still know a tenant or a key that is refused now. */
    private static final Duration KNOWN = Duration.ofSeconds(1);

    /** How long what runs has to stop; after that its log refuses whatever it still does. */
    private static final Duration STOPPING = Duration.ofSeconds(60);

    private static final long PAUSE_MILLIS = 200;
    private static final long BETWEEN_BATCHES_MILLIS = 5;
    private static final int AT_ONCE = 500;
    private static final Failure ERASED = Failure.of(
            KernelErrorCode.CANCELLED,
            "Whoever began this is being erased with all that was done.",
            "There is nothing to do.");

    private final Erasures.Stores stores;
    private final Erasures.Work work;
    private final Erasures.Platform platform;
    private final Erasure erasure;
    private final Whose whose;

    ErasureWork(Erasures.Stores stores, Erasures.Work work, Erasures.Platform platform, Erasure erasure) {
        this.stores = stores;
        this.work = work;
        this.platform = platform;
        this.erasure = erasure;
        this.whose = erasure.whose();
    }

    String kind() {
        return whole() ? TENANT : PERSON;
    }

    private boolean whole() {
        return whose.principal().isEmpty();
    }

    @Override
    public JsonObject run(Operations.Reporter reporter) throws InterruptedException {
        try {
            List<String> kinds = stores.data().removable(whose);
            reporter.insist(0, kinds.size(), "Stopping what runs");
            stop();
            Map<String, List<String>> left = stores.data().left(whose);
            int done = 0;
            for (String kind : kinds) {
                reporter.insist(done++, kinds.size(), "Removing " + kind);
                remove(kind);
            }
            if (whole()) {
                removeFiles();
                work.tenants().delete(whose.tenant());
            }
            Erasure gone = stores.erasures()
                    .find(Optional.empty(), erasure.id())
                    .orElseThrow(() -> new IllegalStateException("An erasure stays"));
            record(gone, left);
            stores.erasures().finish(erasure.id(), platform.clock().instant().truncatedTo(ChronoUnit.MICROS));
            return JsonObject.of("erasure", erasure.id(), "removed", gone.counts(), "left", left);
        } catch (InterruptedException | RuntimeException e) {
            stores.erasures().release(erasure.id(), platform.node());
            throw e;
        }
    }

    /** Nothing new begins, and what runs ends. */
    private void stop() throws InterruptedException {
        if (whole()) {
            // Its row goes last: without it nothing can be left that runs.
            if (!stores.erasures().begun(whose.tenant())) {
                return;
            }
            work.switches()
                    .engage(
                            KillSwitchTarget.of(whose.tenant()),
                            new KillSwitches.Actor("server", true),
                            "The tenant is being erased");
        } else {
            keep(stores.data().shutOut(whose));
        }
        Thread.sleep(KNOWN);
        long end = System.nanoTime() + STOPPING.toNanos();
        while (System.nanoTime() < end) {
            List<String> unfinished = stores.data().unfinished(whose, whole(), AT_ONCE);
            if (unfinished.isEmpty()) {
                return;
            }
            unfinished.forEach(this::cancel);
            keep(Map.of());
            Thread.sleep(PAUSE_MILLIS);
        }
    }

    private void cancel(String execution) {
        Executions executions = work.executions();
        try {
            executions.cancel(whose.tenant(), new ExecutionId(execution), ERASED);
        } catch (AgentOsException e) {
            // It has ended by itself, or is gone.
            if (!e.errorCode().origin().equals("graph")) {
                throw e;
            }
        }
    }

    private void remove(String kind) throws InterruptedException {
        Optional<String> after = Optional.empty();
        while (true) {
            TenantDataStore.Step step = stores.data().remove(whose, kind, after, AT_ONCE);
            // Where nothing was found the lease is prolonged too: many such steps may follow on each other.
            keep(step.removed() == 0 ? Map.of() : Map.of(kind, step.removed()));
            if (step.next().isEmpty()) {
                return;
            }
            after = step.next();
            Thread.sleep(BETWEEN_BATCHES_MILLIS);
        }
    }

    private void removeFiles() {
        long files = stores.files().remove(whose.tenant().value());
        if (files > 0) {
            keep(Map.of("files", files));
        }
    }

    private void keep(Map<String, Long> gone) {
        if (!stores.erasures().advance(erasure.id(), platform.node(), gone, Erasures.LEASE)) {
            throw new AgentOsException(
                    KernelErrorCode.CONFLICT,
                    "Another server has gone on with the erasure " + erasure.id() + ".",
                    "Follow that with GET /api/v1/erasures/" + erasure.id() + ".");
        }
    }

    /** A tenant's erasure stands in the platform's chain, a person's in that of the tenant. */
    private void record(Erasure gone, Map<String, List<String>> left) {
        Map<String, JsonValue> details = new LinkedHashMap<>();
        details.put("erasure", JsonValue.of(erasure.id()));
        gone.counts().forEach((kind, count) -> details.put(kind, JsonValue.of(String.valueOf(count))));
        left.forEach((kind, ids) -> details.put("left " + kind, JsonValue.of(String.valueOf(ids.size()))));
        platform.audit()
                .record(new AuditEntry(
                        whole() ? Optional.empty() : Optional.of(whose.tenant()),
                        platform.clock().instant().truncatedTo(ChronoUnit.MICROS),
                        erasure.requestedBy(),
                        whole() ? "tenantErased" : "personErased",
                        whose.principal()
                                .map(principal -> JsonObject.of("principal", principal))
                                .orElseGet(() ->
                                        JsonObject.of("tenant", whose.tenant().value(), "name", erasure.name())),
                        AuditEntry.Outcome.DONE,
                        new JsonObject(details)));
    }
}
