package dev.agentos.server;

import dev.agentos.agents.ScriptRefusals;
import dev.agentos.audit.Audit;
import dev.agentos.audit.AuditEntry;
import dev.agentos.audit.AuditEntry.Outcome;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps a record, in its tenant's chain, of what a script tried and was refused; nobody's request tells of it. */
final class ScriptRecords implements ScriptRefusals {

    private static final Logger LOG = LoggerFactory.getLogger(ScriptRecords.class);

    private final Audit audit;
    private final InstantSource clock;

    ScriptRecords(Audit audit, InstantSource clock) {
        this.audit = audit;
        this.clock = clock;
    }

    @Override
    public void refused(Refusal refusal) {
        try {
            note(refusal);
        } catch (AgentOsException e) {
            // The script is refused in any case.
            LOG.warn(
                    "That a script of execution {} was refused is not recorded: {}", refusal.execution(), e.toString());
        }
    }

    private void note(Refusal refusal) {
        audit.note(new AuditEntry(
                Optional.of(refusal.tenant()),
                clock.instant().truncatedTo(ChronoUnit.MICROS),
                "server",
                "scriptRefused",
                JsonObject.of("id", refusal.execution().value(), "node", AuditEntry.readable(refusal.node())),
                Outcome.REFUSED,
                JsonObject.of("code", refusal.code(), "why", AuditEntry.readable(refusal.message()))));
    }
}
