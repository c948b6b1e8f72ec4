package dev.agentos.execution;

import dev.agentos.execution.SessionStore.Migrated;
import dev.agentos.execution.internal.Commands;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.CompiledGraph;
import dev.agentos.graph.Control;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.GraphReference;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Sessions, and the executions that begin with what the one before left in one. */
public final class Sessions {

    private static final int MOST_TRIES = 5;

    private final Executions executions;
    private final SessionStore store;
    private final InstantSource clock;

    /** The sessions of those executions. */
    public Sessions(Executions executions, InstantSource clock) {
        this.executions = executions;
        this.store = executions.store().sessions();
        this.clock = clock;
    }

    /**
     * In which session an execution is to begin, and how.
     *
     * @param id of the session, which is made if there is none
     * @param whenBusy what happens if another execution has it
     * @param version of the graph that the client insists on
     */
    public record Turn(String id, WhenBusy whenBusy, Optional<Integer> version) {}

    /**
     * Admits an execution in a session. It begins with the channels as the one before left them and its input written
     * on top, in the version of the graph to which the session is pinned.
     *
     * @param wanted names the graph and, for a session that is yet to be made, its version
     * @throws AgentOsException {@code graph:SESSION_BUSY}, {@code graph:SESSION_CONFLICT} if the session is pinned to
     *     another graph or version, or as {@link Executions#start}
     * @throws RequestKeyReusedException if the key names a request with another content
     */
    public Executions.Started start(TenantId tenant, ExecutionRequest wanted, Turn turn, Optional<RequestKey> key) {
        Session.requireId(turn.id());
        for (int tries = 1; ; tries++) {
            Optional<GraphReference> found = store.pinned(tenant, turn.id());
            found.ifPresent(pinned -> requireFits(pinned, wanted, turn));
            ExecutionRequest request = wanted.in(turn.id(), found.orElse(wanted.graph()));
            try {
                return admit(tenant, request, turn.whenBusy(), key);
            } catch (AgentOsException e) {
                // It was made or migrated since it was looked at.
                if (e.errorCode() != GraphErrorCode.SESSION_CONFLICT || tries == MOST_TRIES) {
                    throw e;
                }
            }
        }
    }

    private Executions.Started admit(
            TenantId tenant, ExecutionRequest request, WhenBusy whenBusy, Optional<RequestKey> key) {
        CompiledGraph graph = executions.graphs().find(tenant, request.graph());
        Execution candidate = executions.prepare(tenant, graph, request);
        Checkpoint input = new Checkpoint(
                0,
                Checkpoint.Source.INPUT,
                request.input(),
                List.of(),
                List.of(),
                Control.START.toJson(),
                Optional.empty());
        JsonObject said = JsonObject.of("session", request.session().orElseThrow(), "whenBusy", whenBusy.written());
        SessionStore.Admitted admitted = store.admit(
                new ExecutionStore.Candidate(
                        candidate,
                        input,
                        List.of(),
                        List.of(Commands.queued(candidate.request(), said)),
                        Optional.empty(),
                        key,
                        executions.terms(tenant, candidate.request()),
                        List.of()),
                whenBusy);
        admitted.superseded().forEach(other -> {
            executions.signals().cancelled(other);
            executions.signals().changed(tenant, other);
        });
        return executions.started(
                new ExecutionStore.Admission(admitted.execution(), Optional.empty(), admitted.replayed()));
    }

    private static void requireFits(GraphReference pinned, ExecutionRequest wanted, Turn turn) {
        if (!pinned.graph().equals(wanted.graph().graph())) {
            throw new AgentOsException(
                    GraphErrorCode.SESSION_CONFLICT,
                    "The session '" + turn.id() + "' belongs to another graph, " + pinned.graph() + ".",
                    "Name the graph or agent with which the session began, or another session.");
        }
        turn.version().filter(version -> version != pinned.version()).ifPresent(version -> {
            throw new AgentOsException(
                    GraphErrorCode.SESSION_CONFLICT,
                    "The session '" + turn.id() + "' is pinned to version " + pinned.version() + ", not " + version
                            + ".",
                    "Leave the version out, or migrate the session first.");
        });
    }

    /** The session of that id; {@code graph:UNKNOWN_SESSION} when there is none. */
    public Session require(TenantId tenant, String id) {
        return store.find(tenant, id).orElseThrow(() -> Session.unknown(id));
    }

    /** The session of that id. */
    public Optional<Session> find(TenantId tenant, String id) {
        return store.find(tenant, id);
    }

    /** Sessions that somebody reaches, newest first. */
    public Page<Session> list(TenantId tenant, Within within, PageRequest request) {
        return store.list(tenant, within, request);
    }

    /** The channels as the last execution that ended left them. */
    public JsonObject state(TenantId tenant, Session session) {
        return graph(tenant, session).channels().lasting(store.values(tenant, session.id()));
    }

    /** The channel with the chat of a graph; {@code graph:NO_MESSAGES} when it has none. */
    public String chat(TenantId tenant, GraphReference graph) {
        return executions.graphs().find(tenant, graph).channels().chat().orElseThrow(() -> noMessages(graph.graph()));
    }

    /** The failure of a chat with a graph or agent that keeps none. */
    public static AgentOsException noMessages(String graph) {
        return new AgentOsException(
                GraphErrorCode.NO_MESSAGES,
                "The graph of " + graph + " has no channel with the reducer 'messages'.",
                "Start executions with the channels that it has, or give it such a channel.");
    }

    /** The messages of a session, oldest first. */
    public JsonArray messages(TenantId tenant, Session session) {
        return state(tenant, session).array(chat(tenant, session.graph())).orElse(JsonArray.EMPTY);
    }

    /**
     * Removes a session with all of its executions.
     *
     * @throws AgentOsException {@code graph:UNKNOWN_SESSION} or {@code graph:SESSION_BUSY}
     */
    public void delete(TenantId tenant, String id) {
        if (!store.delete(tenant, id)) {
            throw Session.unknown(id);
        }
    }

    /**
     * Takes a session to another version of its graph. Back to the version of before, with no expressions and before
     * another execution has ended, it gets its old state back.
     *
     * @param expressions CEL over the state as it is, by the channels that are to hold what they yield
     * @param dryRun whether only to say what would happen
     * @param by who does; may not decide about what executions do that begin with the state
     * @throws dev.agentos.kernel.InvalidInputException {@code graph:MIGRATION_CONFLICT} with pointers into the request
     * @throws AgentOsException {@code graph:UNKNOWN_SESSION}, {@code graph:UNKNOWN_GRAPH} or {@code graph:SESSION_BUSY}
     */
    public Migration migrate(
            TenantId tenant,
            String id,
            int version,
            Map<String, String> expressions,
            boolean dryRun,
            Optional<String> by) {
        for (int tries = 1; ; tries++) {
            Session session = require(tenant, id);
            session.line().active().ifPresent(active -> {
                throw Session.busy(id, active);
            });
            CompiledGraph next = executions
                    .graphs()
                    .find(tenant, new GraphReference(session.graph().graph(), version));
            JsonObject state = state(tenant, session);
            Optional<JsonObject> kept = expressions.isEmpty()
                            && session.previous().filter(old -> old == version).isPresent()
                    ? store.previous(tenant, id)
                    : Optional.empty();
            Migration migration = kept.map(old -> Migration.back(session.graph().version(), version, state, old))
                    .orElseGet(() -> Migration.of(
                            new Migration.Side(session.graph().version(), graph(tenant, session)),
                            new Migration.Side(version, next),
                            state,
                            expressions));
            if (dryRun) {
                return migration;
            }
            JsonObject dated = migration.toJson().with("at", clock.instant().toString());
            JsonObject entry = by.map(who -> dated.with("by", who)).orElse(dated);
            Optional<JsonObject> keep = kept.isPresent() ? Optional.empty() : Optional.of(state);
            if (store.migrate(tenant, session, new Migrated(version, migration.values(), keep, entry))) {
                return migration;
            }
            if (tries == MOST_TRIES) {
                throw new AgentOsException(
                        GraphErrorCode.SESSION_CONFLICT,
                        "The session '" + id + "' changes all the time.",
                        "Try again when it is quiet.");
            }
        }
    }

    private CompiledGraph graph(TenantId tenant, Session session) {
        return executions.graphs().find(tenant, session.graph());
    }
}
