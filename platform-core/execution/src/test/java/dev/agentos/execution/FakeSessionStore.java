package dev.agentos.execution;

import dev.agentos.execution.internal.Superseding;
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
import java.util.stream.Stream;

/** Keeps sessions in memory as the contract says, under the lock of the executions. */
final class FakeSessionStore implements SessionStore {

    private final FakeExecutionStore executions;
    private final Map<Key, Kept> sessions = new LinkedHashMap<>();

    private record Key(TenantId tenant, String id) {}

    private static final class Kept {
        final Instant made = Instant.now();
        Optional<String> agent = Optional.empty();
        GraphReference graph;
        long revision;
        Optional<FakeRow> base = Optional.empty();
        Optional<FakeRow> heir = Optional.empty();
        Optional<JsonObject> state = Optional.empty();
        Optional<Integer> previous = Optional.empty();
        Optional<JsonObject> kept = Optional.empty();
        final List<JsonObject> migrations = new ArrayList<>();

        Kept(GraphReference graph) {
            this.graph = graph;
        }
    }

    FakeSessionStore(FakeExecutionStore executions) {
        this.executions = executions;
    }

    private Stream<FakeRow> rows(Key key) {
        return executions.rows.values().stream()
                .filter(row -> row.execution.tenant().equals(key.tenant())
                        && row.execution.request().session().equals(Optional.of(key.id())));
    }

    private Optional<FakeRow> active(Key key) {
        return rows(key).filter(row -> !row.state().terminal() && !row.held).findFirst();
    }

    private List<FakeRow> line(Key key, Kept session) {
        List<FakeRow> line = new ArrayList<>(rows(key).filter(row -> row.held).toList());
        session.heir.filter(line::remove).ifPresent(line::addFirst);
        return line;
    }

    @Override
    public Admitted admit(ExecutionStore.Candidate candidate, WhenBusy whenBusy) {
        synchronized (executions) {
            Execution execution = candidate.execution();
            ExecutionRequest request = execution.request();
            Key key = new Key(execution.tenant(), request.session().orElseThrow());
            Optional<Kept> found = Optional.ofNullable(sessions.get(key));
            Optional<FakeRow> active = active(key);
            Optional<Execution> before = executions.before(candidate);
            if (before.isPresent()) {
                return new Admitted(before.get(), true, List.of());
            }
            if (found.filter(one -> !one.graph.equals(request.graph())).isPresent()) {
                throw new AgentOsException(GraphErrorCode.SESSION_CONFLICT, "Another graph.", "Name that.");
            }
            if (active.isPresent() && whenBusy == WhenBusy.REJECT) {
                throw Session.busy(key.id(), active.get().execution.id());
            }
            executions.admit(candidate);
            Kept session = found.orElseGet(() -> new Kept(request.graph()));
            session.agent = found.isPresent() ? session.agent : request.agent();
            sessions.put(key, session);
            FakeRow row = Objects.requireNonNull(executions.rows.get(execution.id()));
            row.held = active.isPresent();
            List<ExecutionId> superseded = active.isPresent() && whenBusy.supersedes()
                    ? supersede(active.get(), session, row, whenBusy)
                    : List.of();
            return new Admitted(row.execution, false, superseded);
        }
    }

    private List<ExecutionId> supersede(FakeRow active, Kept session, FakeRow next, WhenBusy how) {
        List<ExecutionId> superseded = new ArrayList<>(List.of(active.execution.id()));
        session.heir.filter(heir -> heir.held).ifPresent(heir -> {
            superseded.add(heir.execution.id());
            end(heir, how);
        });
        session.heir = Optional.of(next);
        if (active.state() == ExecutionState.RUNNING) {
            mark(active, how);
        } else {
            end(active, how);
        }
        return superseded;
    }

    private static void mark(FakeRow row, WhenBusy how) {
        Execution old = row.execution;
        row.execution = FakeExecutionStore.with(
                old,
                old.state(),
                new Execution.Progress(
                        old.progress().step(),
                        old.progress().attempt(),
                        true,
                        old.progress().pauseRequested(),
                        old.progress().superseded().or(() -> Optional.of(how))),
                old.times());
    }

    private void end(FakeRow row, WhenBusy how) {
        mark(row, how);
        Failure reason = Superseding.reason(how);
        JsonObject data = JsonObject.of("failure", reason.toJson());
        executions.append(row, List.of(new ExecutionEvent.Draft(ExecutionEvent.CANCELLED, 0, Optional.empty(), data)));
        executions.end(row, new ExecutionStore.Outcome(ExecutionState.CANCELLED, Optional.of(reason)));
    }

    /** An execution has ended: its state stays, and the next one in line may begin. */
    void ended(FakeRow row) {
        Optional<String> id = row.execution.request().session();
        if (id.isEmpty() || row.held) {
            row.held = false;
            return;
        }
        Key key = new Key(row.execution.tenant(), id.get());
        Kept session = Objects.requireNonNull(sessions.get(key));
        List<FakeRow> line = line(key, session);
        session.heir = Optional.empty();
        if (row.checkpoints.getLast().number() > 0
                && !row.execution.progress().superseded().equals(Optional.of(WhenBusy.ROLLBACK))) {
            session.base = Optional.of(row);
            session.state = Optional.empty();
            session.previous = Optional.empty();
            session.kept = Optional.empty();
            session.revision++;
        }
        line.stream().findFirst().ifPresent(next -> next.held = false);
    }

    @Override
    public Optional<Session> find(TenantId tenant, String id) {
        synchronized (executions) {
            Key key = new Key(tenant, id);
            return Optional.ofNullable(sessions.get(key)).map(one -> session(key, one));
        }
    }

    private Session session(Key key, Kept one) {
        return new Session(
                key.id(),
                one.agent,
                one.graph,
                one.revision,
                one.base.map(row -> new Session.Position(
                        row.execution.id(), row.checkpoints.getLast().number())),
                new Session.Line(
                        active(key).map(row -> row.execution.id()),
                        line(key, one).stream().map(row -> row.execution.id()).toList()),
                one.previous,
                one.migrations,
                new Session.Times(one.made, one.made));
    }

    @Override
    public Page<Session> list(TenantId tenant, PageRequest request) {
        synchronized (executions) {
            List<Key> keys = new ArrayList<>(sessions.keySet());
            int end = request.cursor().map(Integer::parseInt).orElse(keys.size());
            List<Integer> found = new ArrayList<>();
            for (int i = end - 1; i >= 0; i--) {
                if (keys.get(i).tenant().equals(tenant)) {
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
        }
    }

    @Override
    public JsonObject values(TenantId tenant, String id) {
        synchronized (executions) {
            return Optional.ofNullable(sessions.get(new Key(tenant, id)))
                    .flatMap(one -> one.state.or(
                            () -> one.base.map(row -> row.checkpoints.getLast().values())))
                    .orElse(JsonObject.EMPTY);
        }
    }

    @Override
    public boolean migrate(TenantId tenant, Session before, Migrated after) {
        synchronized (executions) {
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
            session.revision++;
            return true;
        }
    }

    private void requireIdle(Key key) {
        active(key).ifPresent(row -> {
            throw Session.busy(key.id(), row.execution.id());
        });
    }

    @Override
    public Optional<JsonObject> previous(TenantId tenant, String id) {
        synchronized (executions) {
            return Optional.ofNullable(sessions.get(new Key(tenant, id))).flatMap(one -> one.kept);
        }
    }

    @Override
    public boolean delete(TenantId tenant, String id) {
        synchronized (executions) {
            Key key = new Key(tenant, id);
            if (!sessions.containsKey(key)) {
                return false;
            }
            requireIdle(key);
            executions.rows.values().removeAll(rows(key).toList());
            sessions.remove(key);
            return true;
        }
    }
}
