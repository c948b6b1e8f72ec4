package dev.agentos.graph.internal;

import dev.agentos.graph.Expressions;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.Interrupt;
import dev.agentos.graph.NodeCall;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeDefinition;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Waits for a duration, until a time, for an event from outside, or for the first of them: {@code {"for"?: duration,
 * "until"?: CEL, "event"?: text, "schema"?: JSON Schema of the event's value, "output"?: channel}}. The event is an
 * answer to the interrupt, whose id is the task's. A time that is past is not waited for.
 */
final class WaitNode extends BuiltInNode {

    static final String TYPE = "wait";

    private static final Duration LONGEST = Duration.ofDays(3_660);
    private static final String UNTIL = "until";

    @Override
    List<Fault> check(NodeDefinition node, Expressions expressions, Set<String> channels) {
        List<Fault> faults = new ArrayList<>();
        ObjectReader reader = new ObjectReader(node.config(), "/config", faults)
                .only(Set.of("for", UNTIL, "event", "schema", "output"));
        reader.duration("for")
                .filter(time -> time.isNegative() || time.isZero() || time.compareTo(LONGEST) > 0)
                .ifPresent(time -> faults.add(fault("/config/for", "A wait is more than zero, at most 3,660 days.")));
        reader.text(UNTIL)
                .flatMap(expressions::check)
                .ifPresent(problem -> faults.add(fault("/config/until", problem)));
        JsonObject config = node.config();
        if (config.member("for").isPresent() && config.member(UNTIL).isPresent()) {
            faults.add(fault("/config/until", "A wait is 'for' a duration or 'until' a time, not both."));
        }
        boolean event = reader.text("event").isPresent();
        if (!event && config.member("for").isEmpty() && config.member(UNTIL).isEmpty()) {
            faults.add(fault("/config", "A wait needs 'for', 'until' or 'event'."));
        }
        reader.object("schema").ifPresent(schema -> faults.addAll(unusable(schema, "/config/schema")));
        Optional<String> output = reader.text("output");
        output.flatMap(name -> noChannel(name, channels))
                .ifPresent(problem -> faults.add(fault("/config/output", problem)));
        if (!event && (config.member("schema").isPresent() || output.isPresent())) {
            faults.add(fault("/config/event", "Only a wait for an 'event' has a value: 'schema' and 'output'."));
        }
        return faults;
    }

    @Override
    public Set<String> writes(NodeDefinition node) {
        return node.config().text("output").map(Set::of).orElse(Set.of());
    }

    @Override
    JsonObject written(NodeDefinition node, JsonValue answer) {
        boolean passed = node.config().member("event").isEmpty() || answer.equals(Interrupt.PASSED);
        Optional<String> output = passed ? Optional.empty() : node.config().text("output");
        return output.map(channel -> new JsonObject(Map.of(channel, answer))).orElse(JsonObject.EMPTY);
    }

    @Override
    public Result run(NodeCall call) {
        JsonObject config = call.node().config();
        String id = call.task().id();
        Optional<JsonValue> answer = call.answer(id);
        if (answer.isPresent()) {
            return new Result.Writes(written(call.node(), answer.get()));
        }
        Optional<Instant> until = until(call, config);
        if (until.isPresent() && !until.get().isAfter(call.now())) {
            return new Result.Writes(JsonObject.EMPTY);
        }
        Map<String, JsonValue> payload = new LinkedHashMap<>();
        payload.put("kind", new JsonString(Interrupt.WAIT));
        config.text("event").ifPresent(event -> payload.put("event", new JsonString(event)));
        until.ifPresent(time -> payload.put(UNTIL, new JsonString(time.toString())));
        config.object("schema").ifPresent(schema -> payload.put("schema", schema));
        return new Result.Interrupted(List.of(new Interrupt(id, call.node().id(), new JsonObject(payload))));
    }

    private static Optional<Instant> until(NodeCall call, JsonObject config) {
        Optional<String> duration = config.text("for");
        if (duration.isPresent()) {
            return Optional.of(call.now().plus(Duration.parse(duration.get())).truncatedTo(ChronoUnit.MILLIS));
        }
        return config.text(UNTIL).map(expression -> time(call.expressions().evaluate(expression, call.state())));
    }

    private static Instant time(JsonValue value) {
        try {
            if (value instanceof JsonString(String text)) {
                OffsetDateTime time = OffsetDateTime.parse(text).withOffsetSameInstant(ZoneOffset.UTC);
                if (time.getYear() > 9_999) {
                    throw invalid(value, "which is later than the year 9999");
                }
                return time.toInstant().truncatedTo(ChronoUnit.MILLIS);
            }
        } catch (DateTimeException e) {
            throw notATime(value);
        }
        throw notATime(value);
    }

    private static AgentOsException notATime(JsonValue value) {
        return invalid(value, "which is no time");
    }

    private static AgentOsException invalid(JsonValue value, String why) {
        String shown = value.toString();
        return new AgentOsException(
                GraphErrorCode.INVALID_WAIT,
                "It is to wait until " + shown.substring(0, Math.min(60, shown.length())) + ", " + why + ".",
                "Let 'until' yield a time of RFC 3339, as '2030-01-31T09:00:00Z'.");
    }
}
