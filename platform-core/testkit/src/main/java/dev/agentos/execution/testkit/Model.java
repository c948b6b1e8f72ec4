package dev.agentos.execution.testkit;

import static java.util.Comparator.comparing;

import dev.agentos.execution.ExecutionState;
import dev.agentos.execution.testkit.LeaseTransition.State;
import dev.agentos.execution.testkit.ModelExecution.Contents;
import dev.agentos.execution.testkit.ModelExecution.Holding;
import dev.agentos.execution.testkit.Operation.Append;
import dev.agentos.execution.testkit.Operation.Server;
import dev.agentos.execution.testkit.Operation.What;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a store of executions does, written down as plainly as can be: the specification that stores are compared with.
 * A value; {@link #after} makes the next one and says what whoever did the operation is told.
 *
 * @param now minutes since the beginning
 * @param operations how many there were
 * @param executions in the order in which they were admitted
 * @param grants every time that an execution was given to a server
 * @param keys what was asked for with a key
 */
record Model(long now, int operations, List<ModelExecution> executions, List<Grant> grants, Map<String, Kept> keys) {

    static final Model EMPTY = new Model(0, 0, List.of(), List.of(), Map.of());

    private static final String LOST = "lost";
    private static final String NOTHING = "nothing to pick";
    private static final int KEPT_MINUTES = 24 * 60;

    /** A server's claim on an execution; which of them is the latest one shows the epoch. */
    record Grant(int execution, String owner, long epoch) {}

    record Kept(int fingerprint, int execution, long until) {}

    /** What comes of an operation. */
    record Outcome(Model model, String told) {}

    Outcome after(Operation operation) {
        Model next = new Model(now, operations + 1, executions, grants, keys);
        return switch (operation) {
            case Operation.Admit admit -> next.admit(admit);
            case Operation.Fork(int pick, var server) ->
                next.picked(pick).map(one -> next.fork(one, server)).orElseGet(next::nothing);
            case Operation.Claim(Server server, int most) -> next.claim(server, most);
            case Append(int pick, What what) -> next.held(pick, one -> next.append(one, what));
            case Operation.Reopen(int pick) ->
                next.held(pick, one -> next.told(one.contents().resumption()));
            case Operation.HandBack(int pick) ->
                next.held(pick, one -> next.put(one.moved(Transition.HAND_BACK), "handed back"));
            case Operation.Park(int pick) ->
                next.held(
                        pick,
                        one -> next.put(
                                one.moved(Transition.FAIL).with(one.contents().happened("execution.failed")),
                                "parked"));
            case Operation.Renew(int pick, int minutes) -> next.renew(pick, minutes);
            case Operation.Release(String owner) -> next.release(owner);
            case Operation.Cancel(int pick) ->
                next.picked(pick).map(next::cancel).orElseGet(next::nothing);
            case Operation.Pause(int pick) -> next.picked(pick).map(next::pause).orElseGet(next::nothing);
            case Operation.Resume(int pick, var server) ->
                next.picked(pick).map(one -> next.resume(one, server)).orElseGet(next::nothing);
            case Operation.EndOverdue() -> next.endOverdue();
            case Operation.Pass(int minutes) -> next.pass(minutes);
        };
    }

    private Outcome admit(Operation.Admit admit) {
        Optional<String> name = admit.key().map(key -> admit.tenant() + "/" + key);
        Optional<Kept> before = name.map(keys::get).filter(kept -> kept.until() > now);
        if (before.isPresent()) {
            return told(
                    before.get().fingerprint() == admit.fingerprint()
                            ? "replayed e" + before.get().execution()
                            : "key reused");
        }
        Contents contents = new Contents(0, operations, Map.of(), Optional.empty(), List.of("execution.queued"));
        Optional<Long> deadline = admit.deadline().map(minutes -> now + minutes);
        Outcome admitted = begin(admit.tenant(), admit.priority(), deadline, contents, admit.server());
        Map<String, Kept> known = new HashMap<>(keys);
        name.ifPresent(key -> known.put(key, new Kept(admit.fingerprint(), executions.size(), now + KEPT_MINUTES)));
        Model model = admitted.model();
        return new Outcome(new Model(now, operations, model.executions(), model.grants(), known), admitted.told());
    }

    private Outcome fork(ModelExecution other, Optional<Server> server) {
        Map<String, Integer> pending = new HashMap<>();
        other.contents().pending().forEach((task, written) -> pending.put(Trial.forked(task), written));
        Contents contents =
                new Contents(0, other.contents().value(), pending, Optional.empty(), List.of("execution.queued"));
        return begin(other.tenant(), other.priority(), Optional.empty(), contents, server);
    }

    private Outcome begin(
            int tenant, int priority, Optional<Long> deadline, Contents contents, Optional<Server> server) {
        ModelExecution queued = new ModelExecution(
                executions.size(),
                tenant,
                priority,
                Transition.ADMIT.first(),
                Holding.NOBODY,
                false,
                false,
                operations,
                Optional.empty(),
                deadline,
                contents);
        if (server.isEmpty()) {
            return put(queued, "admitted e" + queued.number());
        }
        ModelExecution granted = queued.granted(Transition.CLAIM, server.get(), now);
        if (granted.state() != Transition.ADMIT_TO_CLAIMANT.first()) {
            throw new IllegalStateException("An execution that begins at a server runs");
        }
        return put(granted, "admitted e" + queued.number()).model().give(granted, "");
    }

    private Outcome claim(Server server, int most) {
        Model model = this;
        StringBuilder told = new StringBuilder("claimed");
        for (ModelExecution one : line().stream().limit(most).toList()) {
            Transition how = switch (one.state()) {
                case QUEUED -> Transition.CLAIM;
                case WAITING -> Transition.FALL_DUE;
                default -> Transition.TAKE_OVER;
            };
            ModelExecution granted = one.granted(how, server, now);
            Outcome given = model.put(granted, "").model().give(granted, " ");
            model = given.model();
            told.append(given.told());
        }
        return new Outcome(model, told.toString());
    }

    /** Who can be claimed, in order: the tenants in turn, of each the urgent first, then the old. */
    List<ModelExecution> line() {
        List<ModelExecution> ready = executions.stream().filter(this::claimable).toList();
        return ready.stream()
                .sorted(comparing((ModelExecution one) -> turn(one, ready))
                        .thenComparing(ModelExecution::queued)
                        .thenComparing(ModelExecution::number))
                .toList();
    }

    private boolean claimable(ModelExecution one) {
        return one.state() == ExecutionState.QUEUED
                || one.holding().state() == State.LAPSED
                || (one.state() == ExecutionState.WAITING
                        && one.due().filter(minutes -> minutes <= now).isPresent());
    }

    /** How many of its tenant run or come before it. */
    private long turn(ModelExecution one, List<ModelExecution> ready) {
        long running = executions.stream()
                .filter(other -> other.tenant() == one.tenant() && other.state() == ExecutionState.RUNNING)
                .count();
        long before = ready.stream()
                .filter(other -> other.tenant() == one.tenant())
                .filter(other -> other.priority() > one.priority()
                        || (other.priority() == one.priority() && other.queued() < one.queued())
                        || (other.priority() == one.priority()
                                && other.queued() == one.queued()
                                && other.number() < one.number()))
                .count();
        return running + before;
    }

    private Outcome give(ModelExecution granted, String before) {
        List<Grant> more = new ArrayList<>(grants);
        Holding holding = granted.holding();
        more.add(new Grant(granted.number(), holding.owner(), holding.epoch()));
        return new Outcome(
                new Model(now, operations, executions, List.copyOf(more), keys),
                before
                        + "[e%d of %s epoch %d attempt %d crashes %d: %s]"
                                .formatted(
                                        granted.number(),
                                        holding.owner(),
                                        holding.epoch(),
                                        holding.attempt(),
                                        holding.crashes(),
                                        granted.contents().resumption()));
    }

    private Outcome append(ModelExecution one, What what) {
        Contents contents = one.contents();
        return switch (what) {
            case EVENT -> put(one.with(contents.happened("custom")), "stored");
            case PENDING ->
                put(one.with(contents.wrote(contents.step() + ":x", operations).happened("custom")), "stored");
            case CHECKPOINT -> put(one.with(contents.passed(operations, false).happened("checkpoint")), "stored");
            case GO_ON -> put(one.with(contents.wentOn(operations).happened("checkpoint")), "stored");
            case ASK -> suspend(one, contents.passed(operations, true), Optional.empty());
            case SUSPEND_UNTIL_DUE -> suspend(one, contents, Optional.of(now + Trial.SOON));
            case SUSPEND_OVERDUE -> suspend(one, contents, Optional.of(now - Trial.SOON));
            case SUCCEED -> finish(one, Transition.SUCCEED, "execution.succeeded");
            case FAIL -> finish(one, Transition.FAIL, "execution.failed");
            case STOP -> finish(one, Transition.STOP, "execution.cancelled");
            case TIME_OUT -> finish(one, Transition.TIME_OUT, "execution.timed_out");
        };
    }

    private Outcome suspend(ModelExecution one, Contents contents, Optional<Long> due) {
        Transition how = one.cancelRequested() ? Transition.SUSPEND_STOPPED : Transition.SUSPEND;
        return put(
                one.with(contents.happened("execution.waiting"))
                        .moved(how)
                        .dueAt(due)
                        .queuedAt(operations),
                "stored");
    }

    private Outcome finish(ModelExecution one, Transition how, String event) {
        return put(one.with(one.contents().happened(event)).moved(how), "stored");
    }

    private Outcome renew(int pick, int minutes) {
        if (grants.isEmpty()) {
            return nothing();
        }
        Grant grant = grants.get(grants.size() - 1 - pick % grants.size());
        ModelExecution one = executions.get(grant.execution());
        if (!isHeld(grant)) {
            return told(LOST);
        }
        Holding holding = one.holding()
                .moved(one.holding().state() == State.HELD ? LeaseTransition.RENEW : LeaseTransition.RENEW_LATE)
                .until(now + minutes);
        return put(
                one.with(holding),
                "renewed" + (one.cancelRequested() ? " cancel" : "") + (one.pauseRequested() ? " pause" : ""));
    }

    private Outcome release(String owner) {
        Model model = this;
        int released = 0;
        for (ModelExecution one : executions) {
            Holding holding = one.holding();
            if (holding.state() != State.NONE && holding.owner().equals(owner)) {
                released++;
                model = model.put(one.with(model.lapsed(holding)), "").model();
            }
        }
        return new Outcome(model, "released " + released);
    }

    private Holding lapsed(Holding holding) {
        return holding.state() == State.HELD
                ? holding.moved(LeaseTransition.LAPSE).until(now - Trial.SOON)
                : holding;
    }

    private Outcome cancel(ModelExecution one) {
        return switch (one.state()) {
            case QUEUED, WAITING -> {
                Transition how =
                        one.state() == ExecutionState.QUEUED ? Transition.CANCEL_QUEUED : Transition.CANCEL_WAITING;
                yield shown(one.with(one.contents().happened("execution.cancelled"))
                        .moved(how)
                        .asked(true, one.pauseRequested()));
            }
            case RUNNING -> shown(one.asked(true, one.pauseRequested()));
            default -> shown(one);
        };
    }

    private Outcome pause(ModelExecution one) {
        return switch (one.state()) {
            case QUEUED -> {
                ModelExecution asked = one.asked(one.cancelRequested(), true);
                yield shown(
                        one.holding().attempt() > 0
                                ? asked
                                : asked.moved(Transition.PAUSE)
                                        .dueAt(one.deadline())
                                        .with(one.contents().happened("execution.waiting")));
            }
            case RUNNING, WAITING -> shown(one.asked(one.cancelRequested(), true));
            default -> shown(one);
        };
    }

    private Outcome resume(ModelExecution one, Optional<Server> server) {
        if (one.state() != ExecutionState.WAITING) {
            return told("does not wait");
        }
        ModelExecution answered = one.with(
                        one.contents().happened("execution.resumed").told(operations))
                .asked(one.cancelRequested(), false)
                .queuedAt(operations)
                .dueAt(Optional.empty())
                .forgiven();
        if (server.isEmpty()) {
            return put(answered.moved(Transition.RESUME), "resumed");
        }
        ModelExecution granted = answered.granted(Transition.RESUME_TO_CLAIMANT, server.get(), now);
        return put(granted, "").model().give(granted, "resumed ");
    }

    private Outcome endOverdue() {
        List<ModelExecution> late = executions.stream()
                .filter(one -> one.state() == ExecutionState.QUEUED)
                .filter(one -> one.deadline().filter(minutes -> minutes <= now).isPresent())
                .sorted(comparing((ModelExecution one) -> one.deadline().orElseThrow())
                        .thenComparing(ModelExecution::number))
                .toList();
        Model model = this;
        StringBuilder told = new StringBuilder("overdue");
        for (ModelExecution one : late) {
            told.append(" e").append(one.number());
            model = model.put(
                            one.with(one.contents().happened("execution.timed_out"))
                                    .moved(Transition.TIME_OUT_QUEUED),
                            "")
                    .model();
        }
        return new Outcome(model, told.toString());
    }

    private Outcome pass(int minutes) {
        Model later = new Model(now + minutes, operations, executions, grants, keys);
        Model model = later;
        for (ModelExecution one : executions) {
            if (one.holding().state() == State.HELD && one.holding().until() < later.now()) {
                model = model.put(one.with(one.holding().moved(LeaseTransition.LAPSE)), "")
                        .model();
            }
        }
        return new Outcome(model, "passed");
    }

    /** Does that as whoever has the grant, if it is still worth something. */
    private Outcome held(int pick, Function<ModelExecution, Outcome> act) {
        if (grants.isEmpty()) {
            return nothing();
        }
        Grant grant = grants.get(grants.size() - 1 - pick % grants.size());
        return isHeld(grant) ? act.apply(executions.get(grant.execution())) : told(LOST);
    }

    private boolean isHeld(Grant grant) {
        ModelExecution one = executions.get(grant.execution());
        return one.holding().state() != State.NONE && one.holding().epoch() == grant.epoch();
    }

    /** An execution, counted from the latest. */
    Optional<ModelExecution> picked(int pick) {
        return executions.isEmpty()
                ? Optional.empty()
                : Optional.of(executions.get(executions.size() - 1 - pick % executions.size()));
    }

    private Outcome nothing() {
        return told(NOTHING);
    }

    private Outcome told(String what) {
        return new Outcome(this, what);
    }

    private Outcome shown(ModelExecution one) {
        return put(one, one.shown());
    }

    private Outcome put(ModelExecution one, String told) {
        List<ModelExecution> all = new ArrayList<>(executions);
        if (one.number() == all.size()) {
            all.add(one);
        } else {
            all.set(one.number(), one);
        }
        return new Outcome(new Model(now, operations, List.copyOf(all), grants, keys), told);
    }
}
