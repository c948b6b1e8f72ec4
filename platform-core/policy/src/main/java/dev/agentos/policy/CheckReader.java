package dev.agentos.policy;

import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.redaction.Detectors;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads what a rule checks. */
final class CheckReader {

    private static final Set<PolicyPoint> POINTS = Set.of(PolicyPoint.MODEL, PolicyPoint.TOOL, PolicyPoint.OUTPUT);
    private static final int LARGEST_SCHEMA = 20_000;
    private static final int LONGEST_QUESTION = 2_000;
    private static final BigDecimal USUAL_PASS = new BigDecimal("0.5");
    private static final Set<String> KNOWN = Set.of("scan", "schema", "expression", "judge");

    private CheckReader() {}

    /** The check of a rule; empty when it has none, or when there are faults, which are added. */
    static Optional<GateCheck> read(
            JsonObject rule, String at, Optional<PolicyPoint> point, Optional<RuleEffect> effect, List<Fault> faults) {
        if (rule.member("check").isEmpty()) {
            return Optional.empty();
        }
        int before = faults.size();
        String pointer = at + "/check";
        if (point.isPresent() && !POINTS.contains(point.get())) {
            fault(faults, pointer, "Something is checked at the points model, tool and output only.");
        }
        if (effect.isPresent() && effect.get().compareTo(RuleEffect.REQUIRE_APPROVAL) < 0) {
            fault(faults, pointer, "What fails a check needs an approval or is denied.");
        }
        JsonObject check = rule.object("check").orElse(JsonObject.EMPTY);
        check.members().keySet().stream()
                .filter(name -> !KNOWN.contains(name))
                .forEach(name -> fault(
                        faults,
                        pointer + "/" + Fault.escape(name),
                        "There are scan, schema, expression and judge here."));
        List<String> scan = scan(check, pointer, faults);
        Optional<JsonObject> schema = check.object("schema");
        if (check.member("schema").isPresent() && schema.isEmpty()) {
            fault(faults, pointer + "/schema", "'schema' is a JSON Schema, written as an object.");
        }
        if (schema.filter(one -> one.toString().length() > LARGEST_SCHEMA).isPresent()) {
            fault(faults, pointer + "/schema", "A schema has at most " + LARGEST_SCHEMA + " characters.");
        }
        Optional<String> expression = expression(check, pointer, point, faults);
        Optional<GateCheck.Judge> judge = judge(check, pointer, point, faults);
        if (point.filter(PolicyPoint.MODEL::equals).isPresent() && !(scan.isEmpty() && schema.isEmpty())) {
            fault(faults, pointer, "At 'model' an expression is checked, and nothing else.");
        }
        boolean nothing = scan.isEmpty() && schema.isEmpty() && expression.isEmpty() && judge.isEmpty();
        if (faults.size() == before && nothing) {
            fault(faults, pointer, "'check' is an object of scan, schema, expression or judge, or several.");
        }
        return faults.size() > before ? Optional.empty() : Optional.of(new GateCheck(scan, schema, expression, judge));
    }

    private static Optional<String> expression(
            JsonObject check, String at, Optional<PolicyPoint> point, List<Fault> faults) {
        Optional<String> written = check.text("expression");
        if (check.member("expression").isPresent() && written.isEmpty()) {
            fault(faults, at + "/expression", "'expression' is CEL, written as a string.");
        }
        written.ifPresent(text -> point.flatMap(one -> one.language().checkCondition(text))
                .ifPresent(problem -> fault(faults, at + "/expression", problem + ".")));
        return written;
    }

    private static Optional<GateCheck.Judge> judge(
            JsonObject check, String at, Optional<PolicyPoint> point, List<Fault> faults) {
        if (check.member("judge").isEmpty()) {
            return Optional.empty();
        }
        String pointer = at + "/judge";
        if (point.filter(one -> one != PolicyPoint.OUTPUT).isPresent()) {
            fault(faults, pointer, "A model judges what was given, at the point output only.");
        }
        if (check.object("judge").isEmpty()) {
            fault(faults, pointer, "'judge' is an object of model, question and pass.");
            return Optional.empty();
        }
        JsonObject judge = check.object("judge").get();
        judge.members().keySet().stream()
                .filter(name -> !Set.of("model", "question", "pass").contains(name))
                .forEach(name ->
                        fault(faults, pointer + "/" + Fault.escape(name), "There are model, question and pass here."));
        String model = judge.text("model").orElse("");
        if (!TermsReader.isModel(model)) {
            fault(faults, pointer + "/model", "'model' names the model that judges: provider/model.");
        }
        String question = judge.text("question").orElse("");
        if (question.isBlank() || question.length() > LONGEST_QUESTION) {
            fault(faults, pointer + "/question", "'question' has 1 to " + LONGEST_QUESTION + " characters.");
        }
        Optional<BigDecimal> pass = judge.member("pass").isEmpty()
                ? Optional.of(USUAL_PASS)
                : judge.number("pass")
                        .map(JsonNumber::value)
                        .filter(number -> number.signum() > 0 && number.compareTo(BigDecimal.ONE) <= 0);
        if (pass.isEmpty()) {
            fault(faults, pointer + "/pass", "'pass' is more than 0 and at most 1.");
        }
        return Optional.of(new GateCheck.Judge(model, question, pass.orElse(USUAL_PASS)));
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
