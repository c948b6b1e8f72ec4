package dev.agentos.execution.internal;

import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.CompiledGraph;
import dev.agentos.graph.Control;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.NodeTask;
import dev.agentos.graph.Pauses;
import dev.agentos.graph.PendingWrite;
import dev.agentos.spi.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What the tasks of one superstep wait for. */
final class Questions {

    private final Map<String, Interrupt> interrupts = new LinkedHashMap<>();
    private final Map<String, Interrupt> missing = new HashMap<>();
    private final Map<String, List<String>> waiting = new LinkedHashMap<>();
    private final Set<String> unclear = new HashSet<>();

    /** A task asks; of what it asked some may be answered. */
    void ask(NodeTask task, List<Interrupt> unanswered, List<String> asked) {
        unanswered.forEach(one -> interrupts.putIfAbsent(one.id(), one));
        waiting.put(task.id(), asked);
    }

    /** The question of a task for which nobody does the work; all tasks of a node ask one together. */
    Interrupt missing(OpenTask task, Execution execution, Instant now) {
        int number = execution.progress().attempt();
        return missing.computeIfAbsent(CompiledGraph.defined(task.node.id()), any -> task.missing(number, now));
    }

    /** It is asked whether the effect of a task happened before a crash. */
    void review(NodeTask task, Interrupt question) {
        unclear.add(task.node());
        ask(task, List.of(question), List.of(question.id()));
    }

    /** Nothing may run before that is answered. */
    void hold(List<String> held) {
        held.forEach(id -> interrupts.put(id, Pauses.interrupt(id)));
        waiting.putAll(Control.boundary(held));
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** Whether it is not known of an effect inside of that node whether it happened. */
    boolean unclear(String around) {
        return unclear.stream().anyMatch(node -> CompiledGraph.inside(node, around));
    }

    /** Forgets what the tasks inside of a node asked. */
    void giveUp(String around, List<NodeTask> tasks) {
        Set<String> withdrawn = new HashSet<>();
        tasks.stream()
                .filter(task -> CompiledGraph.inside(task.node(), around))
                .forEach(task -> Optional.ofNullable(waiting.remove(task.id())).ifPresent(withdrawn::addAll));
        // What others ask too stays asked.
        waiting.values().forEach(withdrawn::removeAll);
        interrupts.keySet().removeAll(withdrawn);
    }

    /**
     * What a task waits for whose node type no plugin offers now. It is looked again by itself, the less often the
     * longer it has waited, or when somebody says so. As long as nothing has changed, nothing is written.
     */
    static final class Missing {

        private static final String REASON = "nodeType";
        private static final Duration SHORTEST = Duration.ofSeconds(5);
        private static final Duration LONGEST = Duration.ofMinutes(5);

        private Missing() {}

        /**
         * The question of a task.
         *
         * @param number that no question of the task had before
         */
        static Interrupt of(OpenTask task, int number, Instant since) {
            String type = task.node.type();
            return new Interrupt(
                    task.task.id() + "/type/" + number,
                    task.node.id(),
                    JsonObject.of(
                            "kind",
                            Interrupt.WAIT,
                            "reason",
                            REASON,
                            REASON,
                            type,
                            "since",
                            since.toString(),
                            "prompt",
                            "Node '" + task.node.id() + "' waits for its type '" + type + "', which no started"
                                    + " plugin offers. Install or start the plugin that offers it, and the"
                                    + " execution goes on; or cancel the execution."));
        }

        /** Since when a task has waited for its type that asked that; empty when it asked something else. */
        static Optional<Instant> since(List<Interrupt> asked) {
            for (Interrupt one : asked) {
                if (type(one).isPresent() && one.payload() instanceof JsonObject payload) {
                    return payload.text("since").map(Instant::parse);
                }
            }
            return Optional.empty();
        }

        /** When to look again whether the types are back; empty when none is waited for. */
        static Optional<Instant> look(List<Interrupt> asked, Instant now) {
            return since(asked).map(since -> {
                Duration waited = Duration.between(since, now);
                return now.plus(
                        waited.compareTo(SHORTEST) < 0 ? SHORTEST : waited.compareTo(LONGEST) > 0 ? LONGEST : waited);
            });
        }

        /**
         * Until when a claimed execution waits on, because it was claimed only to look for types that are still absent;
         * empty when it has something else to do.
         *
         * @param deadline of the execution
         */
        static Optional<Instant> absent(EngineContext context, ExecutionStore.Resumption resumption, Instant deadline) {
            Instant now = context.clock().instant();
            Checkpoint checkpoint = resumption.checkpoint();
            List<Interrupt> asked = checkpoint.interrupts();
            Control control = Control.of(checkpoint.control());
            Optional<Instant> due = Stream.of(
                            asked.stream().flatMap(one -> one.due().stream()),
                            control.until().stream(),
                            Stream.of(deadline))
                    .flatMap(times -> times)
                    .min(Instant::compareTo);
            boolean rests = resumption.command().isEmpty()
                    && types(asked).values().stream()
                            .noneMatch(type -> context.handler(type).isPresent())
                    && due.filter(now.plus(Superstep.NEAR)::isBefore).isPresent()
                    && waits(resumption, control);
            return rests ? look(asked, now).map(next -> next.isBefore(due.get()) ? next : due.get()) : Optional.empty();
        }

        /** Whether each task has finished, or waits for what was asked at the checkpoint and is not answered. */
        private static boolean waits(ExecutionStore.Resumption resumption, Control control) {
            Set<String> open = new HashSet<>();
            resumption.checkpoint().interrupts().forEach(one -> open.add(one.id()));
            Set<String> finished = new HashSet<>();
            for (PendingWrite write : resumption.pending()) {
                List<String> asked = control.waiting().getOrDefault(write.task(), List.of());
                boolean waits = asked.stream().anyMatch(open::contains);
                if (write.interrupts().isEmpty() && Review.marked(write).isEmpty()) {
                    finished.add(write.task());
                } else if (!waits || !write.interrupts().stream().allMatch(one -> asked.contains(one.id()))) {
                    return false;
                }
            }
            return resumption.checkpoint().next().stream()
                    .map(NodeTask::id)
                    .allMatch(task -> finished.contains(task)
                            || control.waiting().getOrDefault(task, List.of()).stream()
                                    .anyMatch(open::contains));
        }

        /** The types for which is waited, by the questions that say so. */
        static Map<String, String> types(List<Interrupt> asked) {
            Map<String, String> types = new LinkedHashMap<>();
            asked.forEach(one -> type(one).ifPresent(type -> types.put(one.id(), type)));
            return types;
        }

        /** The type for which is waited; empty when something else is asked. */
        static Optional<String> type(Interrupt asked) {
            return asked.id().contains("/type/")
                            && asked.payload() instanceof JsonObject payload
                            && payload.text("reason").filter(REASON::equals).isPresent()
                    ? payload.text(REASON)
                    : Optional.empty();
        }
    }

    End.Waiting end(Optional<Instant> until) {
        return new End.Waiting(List.copyOf(interrupts.values()), waiting, until);
    }
}
