package dev.agentos.policy;

import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.redaction.Detectors;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads what a rule checks. */
final class CheckReader {

    private static final int LARGEST_SCHEMA = 20_000;

    private CheckReader() {}

    /** The check of a rule; empty when it has none, or when there are faults, which are added. */
    static Optional<GateCheck> read(
            JsonObject rule, String at, Optional<PolicyPoint> point, Optional<RuleEffect> effect, List<Fault> faults) {
        if (rule.member("check").isEmpty()) {
            return Optional.empty();
        }
        int before = faults.size();
        String pointer = at + "/check";
        if (point.isPresent() && point.get() != PolicyPoint.TOOL && point.get() != PolicyPoint.OUTPUT) {
            fault(faults, pointer, "Something is checked at the points tool and output only.");
        }
        if (effect.isPresent() && effect.get().compareTo(RuleEffect.REQUIRE_APPROVAL) < 0) {
            fault(faults, pointer, "What fails a check needs an approval or is denied.");
        }
        JsonObject check = rule.object("check").orElse(JsonObject.EMPTY);
        check.members().keySet().stream()
                .filter(name -> !Set.of("scan", "schema").contains(name))
                .forEach(name -> fault(faults, pointer + "/" + Fault.escape(name), "There are scan and schema here."));
        List<String> scan = scan(check, pointer, faults);
        Optional<JsonObject> schema = check.object("schema");
        if (check.member("schema").isPresent() && schema.isEmpty()) {
            fault(faults, pointer + "/schema", "'schema' is a JSON Schema, written as an object.");
        }
        if (schema.filter(one -> one.toString().length() > LARGEST_SCHEMA).isPresent()) {
            fault(faults, pointer + "/schema", "A schema has at most " + LARGEST_SCHEMA + " characters.");
        }
        if (faults.size() == before && scan.isEmpty() && schema.isEmpty()) {
            fault(faults, pointer, "'check' is an object of scan, schema or both.");
        }
        return faults.size() > before ? Optional.empty() : Optional.of(new GateCheck(scan, schema));
    }

    private static List<String> scan(JsonObject check, String at, List<Fault> faults) {
        if (check.member("scan").isPresent() && check.array("scan").isEmpty()) {
            fault(faults, at + "/scan", "'scan' is an array of names of detectors.");
        }
        List<String> names = new ArrayList<>();
        int position = 0;
        for (JsonValue item : check.array("scan").orElse(JsonArray.EMPTY)) {
            if (item instanceof JsonString(String name) && Detectors.names().contains(name)) {
                names.add(name);
            } else {
                fault(
                        faults,
                        at + "/scan/" + position,
                        "There is no such detector; there are " + String.join(", ", Detectors.names()) + ".");
            }
            position++;
        }
        return names.stream().distinct().toList();
    }

    private static void fault(List<Fault> faults, String pointer, String message) {
        faults.add(new Fault(pointer, PolicyErrorCode.INVALID_POLICY.code(), message));
    }
}
