package dev.agentos.cli.local;

import dev.agentos.cli.client.Answers;
import dev.agentos.cli.client.ServerEvent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/** The events of one execution, gathered over several connections, and what they prove. */
final class EventLog {
    private final List<ServerEvent> events = new ArrayList<>();

    void add(ServerEvent event) {
        events.add(event);
    }

    int size() {
        return events.size();
    }

    /**
     * Returns what is wrong with a log that an interrupted execution left; empty when each task ran to its end once.
     */
    List<String> faults() {
        var faults = new ArrayList<String>();
        var last = 0L;
        var finished = new LinkedHashMap<String, Integer>();
        for (var event : events) {
            var sequence = Long.parseLong(event.id());
            if (sequence != last + 1) {
                faults.add("event " + sequence + " follows event " + last);
            }
            last = sequence;
            var task = event.node() + " in step " + Answers.number(event.data(), "step") + instance(event);
            if (event.is("task.started")) {
                if (finished.containsKey(task)) {
                    faults.add(task + " was started again after it had finished");
                }
            } else if (event.is("task.finished") && finished.merge(task, 1, Integer::sum) > 1) {
                faults.add(task + " finished twice");
            }
        }
        if (finished.isEmpty()) {
            faults.add("no task finished");
        }
        return faults;
    }

    int finishedTasks() {
        return (int) events.stream().filter(event -> event.is("task.finished")).count();
    }

    /** A node may have several tasks in one step; the events of one task name it. */
    private static String instance(ServerEvent event) {
        return event.payload().text("task").map(task -> " (" + task + ")").orElse("");
    }

    long count(String type, String node) {
        return events.stream()
                .filter(event -> event.is(type) && event.node().equals(node))
                .count();
    }
}
