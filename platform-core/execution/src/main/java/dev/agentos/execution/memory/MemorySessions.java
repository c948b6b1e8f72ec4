package dev.agentos.execution.memory;

import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.Session;
import dev.agentos.execution.SessionStore;
import dev.agentos.execution.Superseding;
import dev.agentos.execution.WhenBusy;
import dev.agentos.execution.Within;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.GraphReference;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Keeps sessions in memory, under the lock of the executions to which they belong. */
public final class MemorySessions implements SessionStore {

    private final Executions executions;
    private final Map<Key, Kept> sessions = new LinkedHashMap<>();

    /** The executions beside which they are kept. */
    public interface Executions {

        /** Does something alone. */
        <T> T locked(Supplier<T> work);

        /** All of them, in the order in which they were admitted. */
        Stream<MemoryExecution> all();

        /** What was admitted with the same key. */
        Optional<Execution> before(ExecutionStore.Candidate candidate);

        /** Adds one. */
        MemoryExecution admit(ExecutionStore.Candidate candidate);

        /** Ends one that no server holds. */
        void cancel(MemoryExecution one, Failure reason, ExecutionEvent.Draft event);

        /** Forgets one. */
        void remove(ExecutionId id);
    }

    private record Key(TenantId tenant, String id) {}

    private static final class Kept {
        final Instant made;
        Optional<String> agent = Optional.empty();
        GraphReference graph;
        long revision;
        Optional<MemoryExecution> base = Optional.empty();
        Optional<MemoryExecution> heir = Optional.empty();
        Optional<JsonObject> state = Optional.empty();
        Optional<Integer> previous = Optional.empty();
        Optional<JsonObject> kept = Optional.empty();
        final List<JsonObject> migrations = new ArrayList<>();

        Kept(Instant made, GraphReference graph) {
            this.made = made;
            this.graph = graph;
        }
    }

    /** The sessions of those executions. */
    public MemorySessions(Executions executions) {
        this.executions = executions;
    }

    private Stream<MemoryExecution> rows(Key key) {
        return executions
                .all()
                .filter(row -> row.execution().tenant().equals(key.tenant())
                        && row.execution().request().session().equals(Optional.of(key.id())));
    }

    private Optional<MemoryExecution> active(Key key) {
        return rows(key).filter(row -> !row.state().terminal() && !row.inLine()).findFirst();
    }

    private List<MemoryExecution> line(Key key, Kept session) {
        List<MemoryExecution> line =
                new ArrayList<>(rows(key).filter(row -> row.inLine()).toList());
        session.heir.filter(line::remove).ifPresent(line::addFirst);
        return line;
    }

    @Override
    public Admitted admit(ExecutionStore.Candidate candidate, WhenBusy whenBusy) {
        return executions.locked(() -> {
            Execution execution = candidate.execution();
            ExecutionRequest request = execution.request();
            Key key = new Key(execution.tenant(), request.session().orElseThrow());
            Optional<Kept> found = Optional.ofNullable(sessions.get(key));
            Optional<MemoryExecution> active = active(key);
            Optional<Execution> before = executions.before(candidate);
            if (before.isPresent()) {
                return new Admitted(before.get(), true, List.of());
            }
            if (found.filter(one -> !one.graph.equals(request.graph())).isPresent()) {
                throw new AgentOsException(GraphErrorCode.SESSION_CONFLICT, "Another graph.", "Name that.");
            }
            if (active.isPresent() && whenBusy == WhenBusy.REJECT) {
                throw Session.busy(key.id(), active.get().execution().id());
            }
            MemoryExecution row = executions.admit(candidate);
            Kept session =
                    found.orElseGet(() -> new Kept(row.execution().times().createdAt(), request.graph()));
            session.agent = found.isPresent() ? session.agent : request.agent();
            sessions.put(key, session);
            row.standInLine(active.isPresent());
            List<ExecutionId> superseded = active.isPresent() && whenBusy.supersedes()
                    ? supersede(active.get(), session, row, whenBusy)
                    : List.of();
            return new Admitted(row.whole(), false, superseded);
        });
    }

    private List<ExecutionId> supersede(MemoryExecution active, Kept session, MemoryExecution next, WhenBusy how) {
        List<ExecutionId> superseded =
                new ArrayList<>(List.of(active.execution().id()));
        session.heir.filter(heir -> heir.inLine()).ifPresent(heir -> {
            superseded.add(heir.execution().id());
            end(heir, how);
        });
        session.heir = Optional.of(next);
        if (active.state() == ExecutionState.RUNNING) {
            active.supersede(how);
        } else {
            end(active, how);
        }
        return superseded;
    }

    private void end(MemoryExecution row, WhenBusy how) {
        row.supersede(how);
        Failure reason = Superseding.reason(how);
        JsonObject data = JsonObject.of("failure", reason.toJson());
        executions.cancel(row, reason, new ExecutionEvent.Draft(ExecutionEvent.CANCELLED, 0, Optional.empty(), data));
    }

    /** An execution has ended: its state stays, and the next one in line may begin. */
    public void ended(MemoryExecution row) {
        Optional<String> id = row.execution().request().session();
        if (id.isEmpty() || row.inLine()) {
            row.standInLine(false);
            return;
        }
        Key key = new Key(row.execution().tenant(), id.get());
        Kept session = Objects.requireNonNull(sessions.get(key));
        List<MemoryExecution> line = line(key, session);
        session.heir = Optional.empty();
        if (row.checkpoint(Optional.empty()).orElseThrow().number() > 0
                && !row.execution().progress().superseded().equals(Optional.of(WhenBusy.ROLLBACK))) {
            session.base = Optional.of(row);
            session.state = Optional.empty();
            session.previous = Optional.empty();
            session.kept = Optional.empty();
            session.revision++;
        }
        line.stream().findFirst().ifPresent(next -> next.standInLine(false));
    }

    @Override
    public Optional<Session> find(TenantId tenant, String id) {
        return executions.locked(() -> {
            Key key = new Key(tenant, id);
            return Optional.ofNullable(sessions.get(key)).map(one -> session(key, one));
        });
    }

    @Override
    public Optional<GraphReference> pinned(TenantId tenant, String id) {
        return executions.locked(
                () -> Optional.ofNullable(sessions.get(new Key(tenant, id))).map(one -> one.graph));
    }

    private Session session(Key key, Kept one) {
        return new Session(
                key.id(),
                one.agent,
                one.graph,
                one.revision,
                one.base.map(row -> new Session.Position(
                        row.execution().id(),
                        row.checkpoint(Optional.empty()).orElseThrow().number())),
                new Session.Line(
                        active(key).map(row -> row.execution().id()),
                        line(key, one).stream()
                                .limit(Session.Line.SHOWN)
                                .map(row -> row.execution().id())
                                .toList()),
                one.previous,
                one.migrations,
                new Session.Times(one.made, one.made));
    }

    @Override
    public Page<Session> list(TenantId tenant, Within within, PageRequest request) {
        return executions.locked(() -> {
            List<Key> keys = new ArrayList<>(sessions.keySet());
            int end = Math.min(keys.size(), request.place(keys.size()));
            List<Integer> found = new ArrayList<>();
            for (int i = end - 1; i >= 0; i--) {
                Session one = session(keys.get(i), Objects.requireNonNull(sessions.get(keys.get(i))));
                if (keys.get(i).tenant().equals(tenant) && within.covers(one.agent(), one.graph())) {
                    found.add(i);
                }
            }
            Page<Integer> page = Page.of(
                    found.subList(0, Math.min(found.size(), request.limit() + 1)), request.limit(), String::valueOf);
            return new Page<>(
                    page.items().stream()
                            .map(i -> session(keys.get(i), Objects.requireNonNull(sessions.get(keys.get(i)))))
                            .toList(),
                    page.next());
        });
    }

    @Override
    public JsonObject values(TenantId tenant, String id) {
        return executions.locked(() -> {
            return Optional.ofNullable(sessions.get(new Key(tenant, id)))
                    .flatMap(one -> one.state.or(() -> one.base.map(row ->
                            row.checkpoint(Optional.empty()).orElseThrow().values())))
                    .orElse(JsonObject.EMPTY);
        });
    }

    @Override
    public boolean migrate(TenantId tenant, Session before, Migrated after) {
        return executions.locked(() -> {
            Key key = new Key(tenant, before.id());
            Kept session = sessions.get(key);
            requireIdle(key);
            if (session == null || session.revision != before.revision()) {
                return false;
            }
            session.previous = after.kept().map(state -> session.graph.version());
            session.kept = after.kept();
            session.graph = new GraphReference(session.graph.graph(), after.version());
            session.state = Optional.of(after.values());
            session.migrations.add(after.entry());
            after.entry().text("by").ifPresent(by -> session.base.ifPresent(row -> row.edited(by)));
            session.revision++;
            return true;
        });
    }

    private void requireIdle(Key key) {
        active(key).ifPresent(row -> {
            throw Session.busy(key.id(), row.execution().id());
        });
    }

    @Override
    public Optional<JsonObject> previous(TenantId tenant, String id) {
        return executions.locked(() -> {
            return Optional.ofNullable(sessions.get(new Key(tenant, id))).flatMap(one -> one.kept);
        });
    }

    @Override
    public boolean delete(TenantId tenant, String id) {
        return executions.locked(() -> {
            Key key = new Key(tenant, id);
            if (!sessions.containsKey(key)) {
                return false;
            }
            requireIdle(key);
            rows(key).toList().forEach(row -> executions.remove(row.execution().id()));
            sessions.remove(key);
            return true;
        });
    }
}
