package dev.agentos.execution;

import dev.agentos.execution.ExecutionEvent.Draft;
import dev.agentos.graph.NodeCall;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds in an execution's events the attempts of node tasks that ended with their server: begun and neither finished
 * nor failed. What such an attempt cost was counted by nobody; the next attempt of the task books it, once.
 */
public final class LostAttempts {

    private final Map<String, Open> open = new LinkedHashMap<>();
    private final Map<String, List<NodeCall.Lost>> lost = new LinkedHashMap<>();
    private int claim = 1;

    /** An attempt of which no end was heard yet. */
    private static final class Open {
        private final Optional<String> node;
        private final int claim;
        private long characters;

        Open(Optional<String> node, int claim) {
            this.node = node;
            this.claim = claim;
        }
    }

    /** Takes the next event. */
    public void add(Draft event) {
        Optional<String> task = event.data().text("task");
        switch (event.type()) {
            case ExecutionEvent.STARTED, ExecutionEvent.RESUMED -> claim = number(event.data(), "attempt", claim);
            case ExecutionEvent.TASK_STARTED -> task.ifPresent(id -> begun(id, event.node()));
            case ExecutionEvent.TASK_FAILED, ExecutionEvent.TASK_WAITING -> task.ifPresent(open::remove);
            case ExecutionEvent.TASK_FINISHED ->
                task.ifPresent(id -> {
                    open.remove(id);
                    lost.remove(id);
                });
            case ExecutionEvent.WAITING -> open.clear();
            case ExecutionEvent.MESSAGE -> streamed(event, task);
            case ExecutionEvent.CUSTOM -> event.data().object("data").ifPresent(this::booked);
            default -> {}
        }
    }

    private void begun(String task, Optional<String> node) {
        Open before = open.put(task, new Open(node, claim));
        // Under the same claim it ended by asking for something that came soon.
        if (before != null && before.claim != claim) {
            lose(lost, task, before);
        }
    }

    private static void lose(Map<String, List<NodeCall.Lost>> lost, String task, Open attempt) {
        lost.computeIfAbsent(task, id -> new ArrayList<>()).add(new NodeCall.Lost(attempt.claim, attempt.characters));
    }

    /** Counted for the task that said it. */
    private void streamed(Draft event, Optional<String> task) {
        long characters = event.data().text("text").map(String::length).orElse(0);
        for (Map.Entry<String, Open> one : open.entrySet()) {
            Open attempt = one.getValue();
            // Where an event of old names none, it counts for one of the node's; the sum is the same.
            boolean said = task.map(one.getKey()::equals).orElseGet(() -> attempt.node.equals(event.node()));
            if (said && attempt.claim == claim) {
                attempt.characters += characters;
                return;
            }
        }
    }

    private void booked(JsonObject data) {
        Optional<String> task = data.text(NodeCall.Lost.TASK);
        int which = number(data, NodeCall.Lost.CLAIM, 0);
        task.flatMap(id -> Optional.ofNullable(lost.get(id)))
                .ifPresent(attempts -> attempts.removeIf(one -> one.claim() == which));
    }

    private static int number(JsonObject data, String name, int instead) {
        return data.number(name).map(JsonNumber::value).map(Number::intValue).orElse(instead);
    }

    /** Those that nobody has booked, by task, when the events so far are all that there are. */
    public Map<String, List<NodeCall.Lost>> byTask() {
        Map<String, List<NodeCall.Lost>> all = new LinkedHashMap<>();
        lost.forEach((task, attempts) -> {
            if (!attempts.isEmpty()) {
                all.put(task, new ArrayList<>(attempts));
            }
        });
        open.forEach((task, attempt) -> lose(all, task, attempt));
        return all;
    }
}
