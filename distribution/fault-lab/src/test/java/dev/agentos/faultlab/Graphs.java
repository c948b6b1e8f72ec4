package dev.agentos.faultlab;

import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Small graphs that more than one case uses. */
final class Graphs {

    private Graphs() {}

    static JsonObject node(String id, String type, JsonObject config) {
        return JsonObject.of("id", id, "type", type, "config", config);
    }

    static JsonObject edge(String source, String target) {
        return JsonObject.of("source", source, "target", target);
    }

    static JsonObject channel(String type, String reducer) {
        return JsonObject.of("type", type, "reducer", reducer);
    }

    static JsonObject graph(String name, JsonObject channels, List<JsonObject> nodes, List<JsonObject> edges) {
        return JsonObject.of(
                "metadata", JsonObject.of("name", name), "channels", channels, "nodes", nodes, "edges", edges);
    }

    /** A line of nodes in that order. */
    static JsonObject line(String name, JsonObject channels, JsonObject... nodes) {
        List<JsonObject> edges = new ArrayList<>();
        String before = "START";
        for (JsonObject node : nodes) {
            String id = node.text("id").orElseThrow();
            edges.add(edge(before, id));
            before = id;
        }
        edges.add(edge(before, "END"));
        return graph(name, channels, List.of(nodes), edges);
    }

    /** A call of a tool whose arguments are CEL expressions. */
    static JsonObject tool(String id, String tool, JsonObject arguments) {
        return node(id, "tool", JsonObject.of("tool", tool, "arguments", arguments, "output", "log"));
    }

    /** A node that waits at a gate of the ledger and then writes its id to the log. */
    static JsonObject gate(String id, String gate) {
        return node(id, "lab.gate", JsonObject.of("gate", gate, "output", "log"));
    }

    static JsonObject log() {
        return JsonObject.of("log", channel("array", "append"));
    }

    /** A line of idempotent effects. */
    static JsonObject effects(int count) {
        JsonObject[] nodes = new JsonObject[count];
        for (int i = 0; i < count; i++) {
            nodes[i] = tool("effect" + i, "ledger.idempotent", JsonObject.EMPTY);
        }
        return line("effects-" + count, log(), nodes);
    }

    /** One question to a model. */
    static JsonObject chat(String model) {
        return line(
                "chat-" + model.replaceAll("[^a-z0-9]", "-"),
                JsonObject.of("text", channel("string", "last"), "answer", channel("string", "last")),
                node("ask", "llm", JsonObject.of("model", model, "prompt", "{{ text }}", "output", "answer")));
    }

    /** Branches side by side, and a node that joins them. */
    static JsonObject fanOut(String name, JsonObject join, List<JsonObject> branches) {
        List<JsonObject> nodes = new ArrayList<>(branches);
        nodes.add(join);
        List<JsonObject> edges = new ArrayList<>();
        String joinId = join.text("id").orElseThrow();
        for (JsonObject branch : branches) {
            String id = branch.text("id").orElseThrow();
            edges.add(edge("START", id));
            edges.add(edge(id, joinId));
        }
        edges.add(edge(joinId, "END"));
        return graph(name, log(), nodes, edges);
    }

    static JsonObject with(JsonObject object, String name, Object value) {
        Map<String, JsonValue> members = new LinkedHashMap<>(object.members());
        members.put(name, JsonValue.of(value));
        return new JsonObject(members);
    }
}
