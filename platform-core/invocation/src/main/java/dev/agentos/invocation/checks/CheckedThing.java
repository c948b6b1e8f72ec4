package dev.agentos.invocation.checks;

import dev.agentos.invocation.Schemas;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.policy.GateCheck;
import dev.agentos.policy.PolicyPoint;
import dev.agentos.redaction.Detectors;
import dev.agentos.redaction.RedactionMode;
import dev.agentos.redaction.RedactionTerms;
import dev.agentos.redaction.Redactor;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What a rule's check looks at: the arguments of a tool, or what a tool or a model gave.
 *
 * @param point where it is checked
 * @param ofTool whether it is a tool's rather than a model's
 * @param whole the arguments; or a tool's {@code value}, or a model's {@code text}, what it has {@code asked} of tools,
 *     and whether it {@link #GOES_ON}
 */
public record CheckedThing(PolicyPoint point, boolean ofTool, JsonObject whole) {

    /** Whether a model has asked for a tool that it was offered. Asking for another one makes an answer no question. */
    public static final String GOES_ON = "goesOn";

    /** What a scan or a schema objects to. */
    public Optional<String> objection(GateCheck check) {
        return scanned(check.scan()).or(() -> check.schema().flatMap(this::unfit));
    }

    /** What a judge is to be asked about; empty for what asks for tools, which is no answer yet. */
    public Optional<String> judged() {
        if (ofTool) {
            return whole.member("value").map(JsonValue::toString);
        }
        return asking() ? Optional.empty() : whole.text("text");
    }

    /** What is not to be seen by those who read what was checked. */
    public static String withoutSecrets(String detail) {
        return redactor(List.of(Detectors.CREDENTIALS, Detectors.PERSONAL)).text(detail);
    }

    private boolean asking() {
        return whole.bool(GOES_ON).orElse(false);
    }

    private Optional<String> scanned(List<String> detectors) {
        if (detectors.isEmpty()) {
            return Optional.empty();
        }
        Redactor scanner = redactor(detectors);
        boolean clean = scanner.object(whole).equals(whole) && scanner.found().isEmpty();
        return clean
                ? Optional.empty()
                : Optional.of(scanner.found().entrySet().stream()
                        .map(one -> "found " + one.getKey() + " (" + one.getValue() + ")")
                        .collect(Collectors.joining(", ")));
    }

    private Optional<String> unfit(JsonObject schema) {
        Function<JsonValue, Optional<String>> fits = value -> unfit(schema, value);
        if (point == PolicyPoint.TOOL) {
            return fits.apply(whole);
        }
        if (ofTool) {
            return whole.member("value").flatMap(fits);
        }
        return judged().flatMap(text -> written(schema, text));
    }

    /** A model writes JSON as text. */
    private static Optional<String> written(JsonObject schema, String text) {
        try {
            return unfit(schema, JsonValue.parse(text.strip()));
        } catch (IllegalArgumentException e) {
            return Optional.of("it is no JSON");
        }
    }

    /** What cannot be checked is not right. */
    private static Optional<String> unfit(JsonObject schema, JsonValue value) {
        try {
            List<Fault> faults = Schemas.check(schema, value, "");
            return faults.stream().findFirst().map(fault -> "'" + fault.pointer() + "': " + fault.message());
        } catch (AgentOsException e) {
            return Optional.of("the schema cannot be used: " + e.getMessage());
        }
    }

    private static Redactor redactor(List<String> detectors) {
        return Redactor.of(List.of(new RedactionTerms(detectors, Map.of(), RedactionMode.MASK)), Optional.empty());
    }
}
