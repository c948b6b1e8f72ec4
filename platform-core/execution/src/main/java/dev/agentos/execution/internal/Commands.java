package dev.agentos.execution.internal;

import dev.agentos.execution.Command;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.Executions;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.CompiledGraph;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.Fork;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.Pauses;
import dev.agentos.graph.PendingWrite;
import dev.agentos.graph.Planner;
import dev.agentos.kernel.Failure;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.GraphLimits;
import dev.agentos.spi.JsonBoolean;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Checks what is to continue a waiting execution against what it waits for. */
public final class Commands {

    private static final int DEFAULT_SUPERSTEPS = 1_000;
    /** So many are named where something else was named. */
    private static final int MOST_NAMED = 20;

    private Commands() {}

    /**
     * The command with every answer under the id of its interrupt.
     *
     * @param paused whether the execution was asked to wait, so that it can go on without a word
     * @throws InvalidInputException {@code graph:INVALID_COMMAND} with pointers into the command
     */
    public static Command require(
            CompiledGraph graph, Checkpoint checkpoint, boolean paused, Command command, Executions.AnswerCheck check) {
        Map<String, Interrupt> open = checkpoint.interrupts().stream()
                .collect(Collectors.toMap(
                        Interrupt::id, interrupt -> interrupt, (one, other) -> one, LinkedHashMap::new));
        List<Fault> faults = new ArrayList<>();
        Map<String, JsonValue> answers = new LinkedHashMap<>(command.resume());
        command.answer().ifPresent(answer -> {
            if (open.size() == 1) {
                answers.putIfAbsent(open.keySet().iterator().next(), answer);
            } else if (open.isEmpty()) {
                faults.add(fault("/answer", "Nothing was asked: the execution is paused, and '{}' lets it go on."));
            } else {
                faults.add(fault("/answer", several(open)));
            }
        });
        answers.putAll(unasked(open, answers, command));
        faults.addAll(StartCheck.beyond("/resume", new JsonObject(answers), GraphErrorCode.INVALID_COMMAND));
        answers.forEach((id, answer) -> {
            Interrupt interrupt = open.get(id);
            if (interrupt == null) {
                faults.add(fault(
                        "/resume/" + Fault.escape(id), "There is no open interrupt '" + id + "'" + named(open) + "."));
            } else if (interrupt.awaitsApproval() && !answer.equals(Command.DECIDED)) {
                faults.add(fault(
                        "/resume/" + Fault.escape(id),
                        "This waits for an approval; decide on it with POST /api/v1/approvals/" + id + "/approve or"
                                + " /reject."));
            } else if (Review.asked(interrupt)) {
                Review.problem(graph, interrupt, answer)
                        .ifPresent(problem -> faults.add(fault("/resume/" + Fault.escape(id), problem)));
            } else {
                graph.checkAnswer(interrupt, answer)
                        .ifPresent(problem -> faults.add(fault("/resume/" + Fault.escape(id), problem)));
                if (interrupt.payload() instanceof JsonObject payload) {
                    payload.object("schema")
                            .ifPresent(schema ->
                                    faults.addAll(check.check(schema, answer, "/resume/" + Fault.escape(id))));
                }
            }
        });
        check(graph, checkpoint, new Fork(command.update(), command.asNode(), command.jump()), faults);
        boolean nothing = answers.isEmpty()
                && command.update().isEmpty()
                && command.jump().isEmpty()
                && command.asNode().isEmpty();
        // One that was paused may wait for nothing else, and goes on without a word.
        if (nothing && faults.isEmpty() && (command.change() || (!open.isEmpty() && !paused))) {
            faults.add(fault("", "The command neither answers, updates nor jumps" + named(open) + "."));
        }
        InvalidInputException.refuse(
                faults,
                GraphErrorCode.INVALID_COMMAND,
                "The command does not fit what the execution waits for",
                "Read the execution's open interrupts, and answer those.");
        return command.answering(answers);
    }

    private static String several(Map<String, Interrupt> open) {
        int more = open.size() - MOST_NAMED;
        return open.values().stream()
                .limit(MOST_NAMED)
                .map(Interrupt::asks)
                .collect(Collectors.joining(
                        "; ",
                        "There are " + open.size() + " open interrupts; answer each under 'resume' by its id: ",
                        more > 0 ? "; and " + more + " more." : "."));
    }

    /** Whoever lets it go on without an answer lets it go on from where nothing is asked. */
    private static Map<String, JsonValue> unasked(
            Map<String, Interrupt> open, Map<String, JsonValue> answers, Command command) {
        boolean elsewhere = !command.jump().isEmpty() || command.asNode().isPresent();
        return !answers.isEmpty() || command.change() || elsewhere
                ? Map.of()
                : open.values().stream()
                        .filter(one -> Pauses.asksNothing(one)
                                || Questions.Missing.type(one).isPresent())
                        .collect(Collectors.<Interrupt, String, JsonValue>toMap(
                                Interrupt::id, interrupt -> JsonBoolean.TRUE));
    }

    /**
     * Checks how a branch is to begin.
     *
     * @throws InvalidInputException {@code graph:INVALID_COMMAND} with pointers into the fork
     */
    public static void require(CompiledGraph graph, Checkpoint at, Fork fork) {
        List<Fault> faults = new ArrayList<>();
        check(graph, at, fork, faults);
        InvalidInputException.refuse(
                faults,
                GraphErrorCode.INVALID_COMMAND,
                "The fork does not fit the graph",
                "Name channels and nodes of the execution's graph.");
    }

    private static void check(CompiledGraph graph, Checkpoint at, Fork fork, List<Fault> faults) {
        faults.addAll(StartCheck.beyond("/update", fork.update(), GraphErrorCode.INVALID_COMMAND));
        graph.channels()
                .check(fork.update())
                .forEach(one -> faults.add(fault("/update" + one.pointer(), one.message())));
        fork.update().members().keySet().stream()
                .filter(name -> !at.reaches(name))
                .forEach(name -> faults.add(fault(
                        "/update/" + Fault.escape(name),
                        "The branch of '" + name + "' is not open at checkpoint " + at.number() + ".")));
        fork.asNode()
                .filter(node -> graph.node(node).isEmpty() || !at.reaches(node))
                .ifPresent(node -> faults.add(fault("/asNode", astray(graph, at, node))));
        for (int i = 0; i < fork.jump().size(); i++) {
            String node = fork.jump().get(i);
            if (graph.node(node).isEmpty() || !at.reaches(node)) {
                faults.add(fault("/goto/" + i, astray(graph, at, node)));
            }
        }
    }

    private static String astray(CompiledGraph graph, Checkpoint at, String node) {
        return graph.node(node).isPresent()
                ? "The branch of '" + node + "' is not open at checkpoint " + at.number() + "."
                : "There is no node '" + node + "'; there are "
                        + graph.nodes().stream()
                                .map(NodeDefinition::id)
                                .limit(MOST_NAMED)
                                .collect(Collectors.joining(", "))
                        + (graph.nodes().size() > MOST_NAMED ? " and others." : ".");
    }

    /** Notes in an event which channels were written from outside, and as which node. */
    public static void say(Map<String, JsonValue> data, JsonObject update, Optional<String> asNode) {
        if (!update.isEmpty()) {
            data.put("updated", JsonValue.of(List.copyOf(update.members().keySet())));
        }
        asNode.ifPresent(node -> data.put("asNode", new JsonString(node)));
    }

    private static String named(Map<String, Interrupt> open) {
        return open.isEmpty()
                ? ""
                : "; open are " + open.keySet().stream().limit(MOST_NAMED).collect(Collectors.joining(", "))
                        + (open.size() > MOST_NAMED ? " and others" : "");
    }

    private static Fault fault(String pointer, String message) {
        return new Fault(pointer, GraphErrorCode.INVALID_COMMAND.code(), message);
    }

    /** What is said of an execution first. */
    public static ExecutionEvent.Draft queued(ExecutionRequest request, JsonObject said) {
        Map<String, JsonValue> data = new LinkedHashMap<>();
        request.agent().ifPresent(agent -> data.put("agent", new JsonString(agent)));
        data.put("graph", new JsonString(request.graph().graph()));
        data.put("version", JsonNumber.of(request.graph().version()));
        data.putAll(said.members());
        return new ExecutionEvent.Draft(ExecutionEvent.QUEUED, 0, Optional.empty(), new JsonObject(data));
    }

    /**
     * The events that what tasks had written in the execution before is taken over by one that begins there. Of those
     * that are run again, or ask a person first, there are none.
     */
    public static List<ExecutionEvent.Draft> carried(List<PendingWrite> pending) {
        Set<String> again = Planner.Again.in(pending).keySet();
        return pending.stream()
                .filter(write -> Review.marked(write).isEmpty() && !CompiledGraph.insideAny(write.node(), again))
                .map(write -> new ExecutionEvent.Draft(
                        ExecutionEvent.TASK_FINISHED,
                        0,
                        Optional.of(write.node()),
                        JsonObject.of(
                                "task",
                                write.task(),
                                "channels",
                                List.copyOf(write.writes().members().keySet()),
                                "carried",
                                true)))
                .toList();
    }

    /** Whether it was asked to wait while it waited, and only its time has come, or its state was changed. */
    static boolean staysPaused(Execution execution, ExecutionStore.Resumption resumption) {
        boolean goesOn = resumption.command().isPresent()
                ? !resumption.command().get().change()
                : resumption.checkpoint().interrupts().isEmpty();
        return execution.progress().pauseRequested() && !goesOn;
    }

    /** The event with which a claim begins. */
    public static ExecutionEvent.Draft started(Execution.Progress progress) {
        return new ExecutionEvent.Draft(
                progress.attempt() == 1 ? ExecutionEvent.STARTED : ExecutionEvent.RESUMED,
                progress.step(),
                Optional.empty(),
                JsonObject.of("attempt", progress.attempt()));
    }

    /** The event of an execution that waits for nothing but to be resumed. */
    public static ExecutionEvent.Draft paused(int step) {
        return new ExecutionEvent.Draft(
                ExecutionEvent.WAITING, step, Optional.empty(), JsonObject.of("interrupts", List.of(), "paused", true));
    }

    /** The event of an execution that waits for these to be answered. */
    static ExecutionEvent.Draft waiting(int step, List<Interrupt> interrupts) {
        List<JsonObject> asked = interrupts.stream()
                .map(one -> JsonObject.of("id", one.id(), "node", one.node(), "payload", one.payload()))
                .toList();
        return new ExecutionEvent.Draft(
                ExecutionEvent.WAITING, step, Optional.empty(), JsonObject.of("interrupts", asked));
    }

    static Failure crashedTooOften(int crashes, int step) {
        return Failure.of(
                GraphErrorCode.CRASHED_TOO_OFTEN,
                "The last " + crashes + " servers that worked at step " + step + " ended while they did.",
                "Find out why in their logs, then start the execution anew.");
    }

    static Failure unreadable(RuntimeException why) {
        return Failure.of(
                GraphErrorCode.UNREADABLE,
                "The execution's log cannot be read (" + why.getClass().getSimpleName() + ").",
                "Look for the cause in the server's log, then start the execution anew.");
    }

    /** How many supersteps an execution may take. */
    static int mostSupersteps(ExecutionRequest request, CompiledGraph graph) {
        return request.maxSupersteps()
                .or(() -> graph.definition().limits().flatMap(GraphLimits::maxSupersteps))
                .orElse(DEFAULT_SUPERSTEPS);
    }

    static Failure stepLimit(int most) {
        return Failure.of(
                GraphErrorCode.STEP_LIMIT,
                "The execution did not end within " + most + " supersteps.",
                "Look for a cycle that is not left, or raise maxSupersteps, that of the graph's limits or the"
                        + " request's own.");
    }

    /** The failure of an execution whose deadline has passed. */
    static Failure late(Instant deadline) {
        return Failure.of(
                GraphErrorCode.EXECUTION_TIMEOUT,
                "The execution did not end before its deadline " + deadline + ".",
                "Give it a later deadline, or the graph a longer timeout.");
    }

    /** How an execution ends whose deadline has passed before a server began or went on with it. */
    public static ExecutionStore.Ending overdue(Execution execution) {
        Failure failure = late(execution.request().deadline().orElseThrow());
        return new ExecutionStore.Ending(
                failure,
                Journal.failed(ExecutionEvent.TIMED_OUT, execution.progress().step(), Optional.empty(), failure));
    }

    /** What is answered for an execution that does not wait. */
    public static AgentOsException notWaiting(ExecutionId id) {
        return new AgentOsException(
                GraphErrorCode.NOT_WAITING,
                "The execution " + id + " does not wait for anything.",
                "Look at its state; it may have been answered or cancelled meanwhile.");
    }

    /** The failure of whoever names an execution that is not there. */
    public static AgentOsException unknown(ExecutionId id) {
        return new AgentOsException(
                GraphErrorCode.UNKNOWN_EXECUTION,
                "There is no execution '" + id + "'.",
                "List the executions with GET /api/v1/executions.");
    }
}
