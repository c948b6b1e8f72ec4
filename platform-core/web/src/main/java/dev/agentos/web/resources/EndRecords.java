package dev.agentos.web.resources;

import dev.agentos.audit.Audit;
import dev.agentos.audit.AuditEntry;
import dev.agentos.audit.AuditEntry.Outcome;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.Operation;
import dev.agentos.kernel.OperationStore.Unrecorded;
import dev.agentos.kernel.Operations;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Records of the ends of operations that requests have started. What ends on the server that was asked is recorded at
 * once, with what it has changed; this finds the others: what the stop of a server has cut short, and what has ended
 * somewhere else.
 */
public final class EndRecords {

    private static final int AT_ONCE = 100;

    private final Operations operations;
    private final Audit audit;
    private final InstantSource clock;

    /** Of those operations, in that log. */
    public EndRecords(Operations operations, Audit audit, InstantSource clock) {
        this.operations = operations;
        this.audit = audit;
        this.clock = clock;
    }

    /** Records what nobody has recorded; to be called now and then. When it fails, some may be recorded twice. */
    public void sweep() {
        for (Unrecorded one : operations.unrecorded(AT_ONCE)) {
            audit.record(entry(one.asked(), one.operation(), Difference.NONE, clock.instant()));
            operations.recorded(one.operation().id());
        }
    }

    /** On whose behalf an operation is done that a request has started: as the record of the request says it. */
    public static JsonObject asked(AuditEntry request) {
        JsonObject asked = JsonObject.of(
                "actor", request.actor(),
                "action", request.action(),
                "target", request.target());
        return request.tenant()
                .map(tenant -> asked.with("tenant", tenant.value()))
                .orElse(asked);
    }

    /** The record of an end. */
    public static AuditEntry entry(JsonObject asked, Operation ended, Difference changes, Instant at) {
        Map<String, JsonValue> details = new LinkedHashMap<>();
        details.put("operation", new JsonString(ended.id()));
        details.put("state", new JsonString(ended.state().name()));
        ended.failure().ifPresent(failure -> {
            details.put("code", new JsonString(failure.code()));
            if (failure.code().equals(KernelErrorCode.SHUTTING_DOWN.code())) {
                details.put("interrupted", new JsonString("true"));
            }
        });
        return new AuditEntry(
                asked.text("tenant").map(TenantId::new),
                at.truncatedTo(ChronoUnit.MICROS),
                asked.text("actor").orElse(""),
                asked.text("action").orElse(""),
                asked.object("target").orElse(JsonObject.EMPTY),
                ended.state() == Operation.State.SUCCEEDED ? Outcome.DONE : Outcome.FAILED,
                new JsonObject(details).overlaidBy(changes.toJson()));
    }
}
