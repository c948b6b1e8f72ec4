package dev.agentos.http.internal;

import dev.agentos.agents.Agent;
import dev.agentos.agents.EnabledPack;
import dev.agentos.agents.Pack;
import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionEvent;
import dev.agentos.execution.ExecutionRequest;
import dev.agentos.execution.ExecutionStore;
import dev.agentos.execution.Session;
import dev.agentos.graph.Checkpoint;
import dev.agentos.graph.ExecutionId;
import dev.agentos.graph.GraphReference;
import dev.agentos.graph.Graphs;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.NodeTask;
import dev.agentos.graph.StoredGraph;
import dev.agentos.invocation.Schemas;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.spi.AgentDefinition;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonBoolean;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.web.resources.Preconditions;
import dev.agentos.web.resources.Views;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How the API writes graphs, agents, packs and executions. */
public final class WorkViews {

    private static final int MOST_SHOWN = 20;
    private static final int LONGEST_SHOWN = 100;

    private WorkViews() {}

    public static JsonObject graph(StoredGraph.Version graph) {
        return JsonObject.of(
                "id", graph.reference().graph(),
                "version", graph.reference().version(),
                "name", graph.name(),
                "digest", graph.digest(),
                "createdAt", Views.time(graph.createdAt()));
    }

    /** The failure of answers that do not say what they answer. */
    public static InvalidInputException unnamed(JsonValue answer, List<Interrupt> asked) {
        String what = asked.isEmpty()
                ? "Nothing is asked."
                : "Asked is "
                        + asked.stream().limit(MOST_SHOWN).map(Interrupt::asks).collect(Collectors.joining("; ")) + ".";
        String named = asked.isEmpty()
                ? "Send {} to let an execution go on that is paused."
                : answered(asked.getFirst(), answer, asked.size());
        return InvalidInputException.of(
                KernelErrorCode.INVALID_FIELD,
                "/resume",
                "The field 'resume' is not an object with answers by the ids of what they answer. " + what,
                named);
    }

    /** An example that is accepted: with what was given, when that is an answer. */
    private static String answered(Interrupt asked, JsonValue given, int all) {
        if (asked.awaitsApproval()) {
            return "Decide with POST /api/v1/approvals/" + asked.id() + "/approve or /reject.";
        }
        String shown = SampleAnswers.to(asked, given)
                .map(JsonValue::toString)
                .filter(text -> text.length() <= LONGEST_SHOWN)
                .orElse("…");
        return "Send {\"resume\": {" + new JsonString(asked.id()) + ": " + shown + "}}"
                + (all == 1 ? ", or {\"answer\": " + shown + "}." : " with each that you answer.");
    }

    /** What a question takes: the first that fits its schema, of what was given and what the schema itself names. */
    private static final class SampleAnswers {

        private static final int DEEPEST = 4;

        private SampleAnswers() {}

        static Optional<JsonValue> to(Interrupt asked, JsonValue given) {
            Optional<JsonObject> schema =
                    asked.payload() instanceof JsonObject payload ? payload.object("schema") : Optional.empty();
            return schema.isEmpty()
                    ? Optional.of(given)
                    : Stream.concat(Stream.of(given), of(schema.get(), 0))
                            .filter(one -> Schemas.check(schema.get(), one, "").isEmpty())
                            .findFirst();
        }

        private static Stream<JsonValue> of(JsonObject schema, int depth) {
            if (depth > DEEPEST) {
                return Stream.empty();
            }
            Stream<JsonValue> named =
                    Stream.of("const", "default", "maximum", "minimum").flatMap(name -> schema.member(name).stream());
            Stream<JsonValue> listed = Stream.of("enum", "examples").flatMap(name -> items(schema, name));
            Stream<JsonValue> chosen = Stream.of("anyOf", "oneOf", "allOf")
                    .flatMap(name -> items(schema, name))
                    .flatMap(one -> one instanceof JsonObject other ? of(other, depth + 1) : Stream.empty());
            Stream<JsonValue> plain = Stream.of(
                    JsonBoolean.TRUE,
                    JsonNumber.of(1),
                    JsonNumber.of(0),
                    new JsonString("text"),
                    object(schema, depth),
                    JsonArray.EMPTY,
                    JsonNull.NULL);
            return Stream.of(named, listed, chosen, plain).flatMap(all -> all);
        }

        private static Stream<JsonValue> items(JsonObject schema, String name) {
            return schema.array(name).stream().flatMap(all -> all.items().stream());
        }

        private static JsonObject object(JsonObject schema, int depth) {
            JsonObject properties = schema.object("properties").orElse(JsonObject.EMPTY);
            Map<String, JsonValue> members = new LinkedHashMap<>();
            items(schema, "required")
                    .flatMap(one -> one instanceof JsonString(String name) ? Stream.of(name) : Stream.empty())
                    .forEach(name -> {
                        JsonObject inner = properties.object(name).orElse(JsonObject.EMPTY);
                        of(inner, depth + 1)
                                .filter(one -> Schemas.check(inner, one, "").isEmpty())
                                .findFirst()
                                .ifPresent(one -> members.put(name, one));
                    });
            return new JsonObject(members);
        }
    }

    /** What was found in a document. */
    public static JsonArray findings(List<Fault> findings) {
        return new JsonArray(findings.stream()
                .<JsonValue>map(
                        one -> JsonObject.of("pointer", one.pointer(), "code", one.code(), "message", one.message()))
                .toList());
    }

    public static JsonObject validity(Graphs.Validity found) {
        return JsonObject.of(
                "valid", found.errors().isEmpty(),
                "errors", findings(found.errors()),
                "warnings", findings(found.warnings()));
    }

    public static JsonObject reference(GraphReference reference) {
        return JsonObject.of("id", reference.graph(), "version", reference.version());
    }

    /**
     * An execution in a list: without input, output and what it asks, which are read one by one.
     *
     * @param names what graphs are called, by their ids
     */
    public static JsonObject listed(Execution execution, Map<String, String> names) {
        GraphReference graph = execution.request().graph();
        JsonObject listed = execution(execution, Optional.empty(), Optional.empty());
        return Optional.ofNullable(names.get(graph.graph()))
                .map(name -> listed.with("graph", reference(graph).with("name", new JsonString(name))))
                .orElse(listed);
    }

    public static JsonObject execution(Execution execution, List<Interrupt> interrupts) {
        return execution(execution, Optional.of(execution.request().input()), Optional.of(interrupts));
    }

    private static JsonObject execution(
            Execution execution, Optional<JsonObject> input, Optional<List<Interrupt>> interrupts) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("id", execution.id().value());
        members.put("state", execution.state().name());
        execution.request().agent().ifPresent(agent -> members.put("agent", agent));
        members.put("graph", reference(execution.request().graph()));
        execution.request().origin().ifPresent(origin -> members.put("origin", origin(origin)));
        execution.request().session().ifPresent(session -> members.put("session", session));
        execution.request().startedBy().ifPresent(principal -> members.put("startedBy", principal));
        input.ifPresent(value -> members.put("input", value));
        members.put("config", execution.request().configuration());
        members.put("priority", execution.request().priority());
        Views.putTime(members, "deadline", execution.request().deadline());
        execution.request().maxSupersteps().ifPresent(most -> members.put("maxSupersteps", most));
        members.put("durability", execution.request().durability().written());
        members.put("step", execution.progress().step());
        members.put("attempt", execution.progress().attempt());
        members.put("cancelRequested", execution.progress().cancelRequested());
        members.put("pauseRequested", execution.progress().pauseRequested());
        execution.progress().superseded().ifPresent(how -> members.put("superseded", how.written()));
        execution.output().ifPresent(output -> members.put("output", output));
        execution.failure().ifPresent(failure -> members.put("failure", failure.toJson()));
        interrupts.ifPresent(open -> members.put(
                "interrupts", open.stream().map(WorkViews::interrupt).toList()));
        members.put("createdAt", Views.time(execution.times().createdAt()));
        Views.putTime(members, "startedAt", execution.times().startedAt());
        Views.putTime(members, "finishedAt", execution.times().finishedAt());
        return Views.object(members);
    }

    private static JsonObject origin(ExecutionRequest.Origin origin) {
        return JsonObject.of("execution", origin.execution().value(), "checkpoint", origin.checkpoint());
    }

    public static JsonObject session(Session session) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("id", session.id());
        session.agent().ifPresent(agent -> members.put("agent", agent));
        members.put("graph", reference(session.graph()));
        members.put("busy", session.busy());
        session.line().active().ifPresent(active -> members.put("active", active.value()));
        members.put(
                "queued", session.line().held().stream().map(ExecutionId::value).toList());
        session.position()
                .ifPresent(at -> members.put(
                        "position", JsonObject.of("execution", at.execution().value(), "checkpoint", at.checkpoint())));
        session.previous().ifPresent(version -> members.put("previousVersion", version));
        members.put("migrations", session.migrations());
        members.put("createdAt", Views.time(session.times().createdAt()));
        members.put("changedAt", Views.time(session.times().changedAt()));
        return Views.object(members);
    }

    public static JsonObject event(ExecutionEvent event) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("sequence", event.sequence());
        members.put("type", event.draft().type());
        members.put("step", event.draft().step());
        event.draft().node().ifPresent(node -> members.put("node", node));
        members.put("time", Views.time(event.time()));
        members.put("data", event.draft().data());
        return Views.object(members);
    }

    public static JsonObject checkpoint(Checkpoint checkpoint) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("number", checkpoint.number());
        members.put("source", checkpoint.source().name());
        members.put("next", next(checkpoint));
        members.put(
                "interrupts",
                checkpoint.interrupts().stream().map(WorkViews::interrupt).toList());
        Views.putTime(members, "createdAt", checkpoint.createdAt());
        return Views.object(members);
    }

    /** A checkpoint with who wrote into it. */
    public static JsonObject passage(ExecutionStore.Passage passage) {
        return checkpoint(passage.checkpoint())
                .with(
                        "writes",
                        JsonValue.of(passage.writes().stream()
                                .map(one -> JsonObject.of("node", one.node(), "channels", one.channels()))
                                .toList()));
    }

    /** Who wrote what, as far as the log tells. */
    public static JsonValue writes(List<ExecutionStore.Passage> passages) {
        return JsonValue.of(passages.stream()
                .flatMap(passage -> passage.writes().stream())
                .map(one -> {
                    JsonObject written = JsonObject.of("node", one.node(), "channels", one.channels());
                    return one.values()
                            .map(values -> written.with("values", values))
                            .orElse(written);
                })
                .toList());
    }

    public static JsonObject state(Checkpoint checkpoint) {
        return JsonObject.of(
                "values",
                checkpoint.values(),
                "next",
                next(checkpoint),
                "interrupts",
                checkpoint.interrupts().stream().map(WorkViews::interrupt).toList(),
                "step",
                checkpoint.number());
    }

    public static List<String> next(Checkpoint checkpoint) {
        return checkpoint.next().stream().map(NodeTask::node).toList();
    }

    public static JsonObject agent(Agent agent, Optional<StoredGraph> graph) {
        JsonObject name = JsonObject.of("name", agent.id());
        return JsonObject.of(
                "id", agent.id(),
                "name", agent.definition().name(),
                "description", agent.definition().description(),
                "pack", agent.pack(),
                "version", agent.version(),
                "inputSchema", agent.definition().inputSchema(),
                "configuration", agent.configuration(),
                "graph",
                        graph.map(stored -> reference(stored.reference()).overlaidBy(name))
                                .orElse(name));
    }

    /**
     * A pack as one tenant sees it.
     *
     * @param warnings what may go wrong with the graphs of its agents, by the agents' ids, as far as it was looked for
     */
    public static JsonObject pack(Pack pack, Map<String, List<Fault>> warnings) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("id", pack.id());
        members.put("title", pack.title());
        members.put("description", pack.description());
        pack.version().ifPresent(version -> members.put("version", version));
        members.put("enabled", pack.enabled().isPresent());
        members.put("etag", etag(pack));
        members.put(
                "configuration", pack.enabled().map(EnabledPack::configuration).orElse(JsonObject.EMPTY));
        members.put("configurationSchema", pack.configurationSchema());
        members.put(
                "agents",
                pack.agents().stream()
                        .map(agent -> agent(pack.id() + "/" + agent.name(), agent, warnings))
                        .toList());
        return Views.object(members);
    }

    private static JsonObject agent(String id, AgentDefinition agent, Map<String, List<Fault>> warnings) {
        JsonObject view = JsonObject.of("id", id, "name", agent.name(), "description", agent.description());
        return warnings.containsKey(id) ? view.with("warnings", findings(warnings.get(id))) : view;
    }

    /** The ETag of a tenant's use of a pack: how often it was changed. */
    public static String etag(Pack pack) {
        return Preconditions.etag(pack.enabled().map(EnabledPack::revision).orElse(0L));
    }

    private static JsonObject interrupt(Interrupt interrupt) {
        return JsonObject.of("id", interrupt.id(), "node", interrupt.node(), "payload", interrupt.payload());
    }
}
