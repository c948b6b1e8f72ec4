package dev.agentos.execution;

import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.GraphReference;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.util.List;
import java.util.Optional;

/**
 * Keeps sessions beside the executions that share them. Each call is one transaction. However an execution ends, the
 * transaction in which it does leaves its last checkpoint as the state of its session, unless it was rolled back, and
 * queues the next one in line; so a session is never left to nobody.
 */
public interface SessionStore {

    /**
     * Admits an execution that names a session, and makes the session if there is none. It is never claimed at once.
     * Two that come at the same time are admitted one after the other.
     *
     * @param candidate its first checkpoint is its input alone
     * @throws dev.agentos.spi.AgentOsException {@code graph:SESSION_BUSY}; {@code graph:SESSION_CONFLICT} if the
     *     session is pinned to another graph or version than the execution
     * @throws RequestKeyReusedException if the key names a request with another content
     */
    Admitted admit(ExecutionStore.Candidate candidate, WhenBusy whenBusy);

    /** The session of that id. */
    Optional<Session> find(TenantId tenant, String id);

    /** The version of a graph to which the session of that id is pinned. */
    Optional<GraphReference> pinned(TenantId tenant, String id);

    /** Sessions that somebody reaches, newest first. */
    Page<Session> list(TenantId tenant, Within within, PageRequest request);

    /** All values with which a session was left, ephemeral and inner ones included; empty ones before the first. */
    JsonObject values(TenantId tenant, String id);

    /**
     * Pins a session to another version and gives it another state.
     *
     * @param before as it was found; nothing is done if it has changed since
     * @return whether it was done
     * @throws dev.agentos.spi.AgentOsException {@code graph:SESSION_BUSY}
     */
    boolean migrate(TenantId tenant, Session before, Migrated after);

    /** The state that the last migration left, if it can be undone. */
    Optional<JsonObject> previous(TenantId tenant, String id);

    /**
     * Removes a session with all of its executions; false when there is none.
     *
     * @throws dev.agentos.spi.AgentOsException {@code graph:SESSION_BUSY}
     */
    boolean delete(TenantId tenant, String id);

    /**
     * What came of an admission.
     *
     * @param replayed whether it is the execution that was admitted with the same key before
     * @param superseded the executions that were asked to stop, or have been ended
     */
    record Admitted(Execution execution, boolean replayed, List<ExecutionId> superseded) {
        public Admitted {
            superseded = List.copyOf(superseded);
        }
    }

    /**
     * A session after a migration.
     *
     * @param version of its graph
     * @param values its state
     * @param kept the state before, to which it can be taken back; empty when it is that
     * @param entry what is recorded
     */
    record Migrated(int version, JsonObject values, Optional<JsonObject> kept, JsonObject entry) {}
}
