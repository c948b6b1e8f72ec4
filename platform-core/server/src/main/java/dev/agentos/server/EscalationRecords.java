package dev.agentos.server;

import dev.agentos.audit.Audit;
import dev.agentos.audit.AuditEntry;
import dev.agentos.audit.AuditEntry.Outcome;
import dev.agentos.policy.Approval;
import dev.agentos.spi.JsonObject;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;

/** Keeps a record of each approval that was escalated because nobody had decided; nobody's request tells of it. */
final class EscalationRecords {

    private final Audit audit;
    private final InstantSource clock;

    EscalationRecords(Audit audit, InstantSource clock) {
        this.audit = audit;
        this.clock = clock;
    }

    void note(Approval approval) {
        audit.note(new AuditEntry(
                approval.tenant(),
                clock.instant().truncatedTo(ChronoUnit.MICROS),
                "server",
                "escalate",
                JsonObject.of("id", approval.id()),
                Outcome.DONE,
                JsonObject.of("escalatedTo", approval.deciders().orElse(""))));
    }
}
