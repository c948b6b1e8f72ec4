package dev.agentos.execution.internal;

import dev.agentos.execution.ExecutionRequest;
import dev.agentos.graph.CompiledGraph;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.NodeHandlers;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.GraphLimits;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Whether a request can be executed, and until when. */
public final class StartCheck {

    /** The times that can be written with four digits for the year; others cannot be stored. */
    private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");

    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

    private static final int LARGEST_CONFIGURATION = 1 << 20;

    private StartCheck() {}

    /**
     * Fails with {@code graph:NODE_TYPE_MISSING} or {@code graph:REDUCER_MISSING} if no plugin offers the type of some
     * node, or the reducer of some channel, now.
     */
    public static void requireTypes(CompiledGraph graph, NodeHandlers handlers) {
        graph.channels().requireReducers(handlers);
        for (NodeDefinition node : graph.nodes()) {
            if (NodeHandlers.BUILT_IN.find(node.type()).isEmpty()
                    && handlers.find(node.type()).isEmpty()) {
                throw new AgentOsException(
                        GraphErrorCode.NODE_TYPE_MISSING,
                        "Node '" + node.id() + "' is of the type '" + node.type() + "', which no plugin offers now.",
                        "Install or enable the plugin that offers it.");
            }
        }
    }

    /** Fails with {@code graph:INVALID_INPUT} and pointers into the request. */
    public static void requireInput(CompiledGraph graph, ExecutionRequest request) {
        List<Fault> faults = new ArrayList<>();
        graph.checkInput(request.input())
                .forEach(one -> faults.add(new Fault("/input" + one.pointer(), one.code(), one.message())));
        faults.addAll(beyond("/input", request.input(), GraphErrorCode.INVALID_INPUT));
        faults.addAll(beyond("/config", request.configuration(), GraphErrorCode.INVALID_INPUT));
        request.pauses()
                .unknown(graph)
                .ifPresent(node -> faults.add(new Fault(
                        "/interrupts", GraphErrorCode.INVALID_INPUT.code(), "There is no node '" + node + "'.")));
        if (request.priority() < -100 || request.priority() > 100) {
            faults.add(new Fault("/priority", GraphErrorCode.INVALID_INPUT.code(), "A priority is -100 to 100."));
        }
        request.maxSupersteps()
                .filter(most -> most < 1 || most > ExecutionRequest.MOST_SUPERSTEPS)
                .ifPresent(most -> faults.add(new Fault(
                        "/maxSupersteps",
                        GraphErrorCode.INVALID_INPUT.code(),
                        "An execution takes 1 to " + ExecutionRequest.MOST_SUPERSTEPS + " supersteps.")));
        request.deadline()
                .filter(until -> until.isBefore(EARLIEST) || until.isAfter(LATEST))
                .ifPresent(until -> faults.add(new Fault(
                        "/deadline",
                        GraphErrorCode.INVALID_INPUT.code(),
                        "A deadline is in the years 1 to 9999; leave it out if the execution is to have none.")));
        InvalidInputException.refuse(
                faults,
                GraphErrorCode.INVALID_INPUT,
                "The input does not fit the graph '"
                        + graph.definition().metadata().name() + "'",
                "Send values for the graph's channels, each of its channel's type.");
    }

    /**
     * Fails with {@code graph:INVALID_INPUT} if the configuration, with those of the agents in the graph, is larger
     * than what is kept: it is read with each claim, many at a time.
     */
    public static void requireSmall(JsonObject configuration) {
        if (Json.exceeds(configuration, LARGEST_CONFIGURATION)) {
            throw InvalidInputException.of(
                    GraphErrorCode.INVALID_INPUT,
                    "/config",
                    "The configuration takes more than " + LARGEST_CONFIGURATION
                            + " bytes, with what is set for the agents in the graph.",
                    "Send what is large as input, or keep it in files.");
        }
    }

    /** The fault of a value that comes from outside and is beyond what is kept. */
    static List<Fault> beyond(String pointer, JsonValue value, GraphErrorCode code) {
        return Json.excess(value).stream()
                .map(one -> new Fault(
                        pointer + one.pointer(), code.code(), "The value " + one.problem() + ", and is not kept."))
                .toList();
    }

    /** The request with the bounds of its graph, where those are the closer ones. */
    public static ExecutionRequest bounded(ExecutionRequest request, CompiledGraph graph, Instant now) {
        Optional<GraphLimits> limits = graph.definition().limits();
        return request.within(
                closer(request.deadline(), limits.flatMap(GraphLimits::timeout).map(now::plus))
                        .map(until -> until.isAfter(LATEST) ? LATEST : until),
                request.maxSupersteps()
                        .flatMap(most -> closer(Optional.of(most), limits.flatMap(GraphLimits::maxSupersteps))));
    }

    private static <T extends Comparable<? super T>> Optional<T> closer(Optional<T> one, Optional<T> other) {
        return Stream.of(one, other).flatMap(Optional::stream).min(Comparator.naturalOrder());
    }
}
