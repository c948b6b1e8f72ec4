package dev.agentos.execution.internal;

import dev.agentos.graph.CompiledGraph;
import dev.agentos.graph.Control;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.NodeTask;
import dev.agentos.graph.Pauses;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What the tasks of one superstep wait for. */
final class Questions {

    private final List<Interrupt> interrupts = new ArrayList<>();
    private final Map<String, List<String>> waiting = new LinkedHashMap<>();
    private final Set<String> unclear = new HashSet<>();

    /** A task asks; of what it asked some may be answered. */
    void ask(NodeTask task, List<Interrupt> unanswered, List<String> asked) {
        interrupts.addAll(unanswered);
        waiting.put(task.id(), asked);
    }

    /** It is asked whether the effect of a task happened before a crash. */
    void review(NodeTask task, Interrupt question) {
        unclear.add(task.node());
        ask(task, List.of(question), List.of(question.id()));
    }

    /** Nothing may run before that is answered. */
    void hold(List<String> held) {
        interrupts.addAll(held.stream().map(Pauses::interrupt).toList());
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
        interrupts.removeIf(one -> withdrawn.contains(one.id()));
    }

    End.Waiting end(Optional<Instant> until) {
        return new End.Waiting(interrupts, waiting, until);
    }
}
