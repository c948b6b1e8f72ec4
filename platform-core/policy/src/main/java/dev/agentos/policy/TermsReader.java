package dev.agentos.policy;

import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads limits, routes and retries of a rule; faults are added to those of the policy. */
final class TermsReader {

    private static final int MOST_MODELS = 10;
    private static final int MOST_RETRIES = 3;

    private final JsonObject rule;
    private final String at;
    private final Optional<PolicyPoint> point;
    private final List<Fault> faults;

    TermsReader(JsonObject rule, String at, Optional<PolicyPoint> point, List<Fault> faults) {
        this.rule = rule;
        this.at = at;
        this.point = point;
        this.faults = faults;
    }

    /** How often; empty for another effect, or when there are faults. */
    Optional<RuleLimit> limit(Optional<RuleEffect> effect) {
        Optional<JsonObject> written = of("limit", effect, RuleEffect.LIMIT, "requests, per and by");
        if (written.isEmpty()) {
            return Optional.empty();
        }
        JsonObject limit = written.get();
        known(limit, Set.of("requests", "per", "by"), "limit");
        int requests = limit.number("requests")
                .map(JsonNumber::value)
                .filter(number -> number.stripTrailingZeros().scale() <= 0
                        && number.signum() > 0
                        && number.compareTo(BigDecimal.valueOf(RuleLimit.MOST)) <= 0)
                .map(BigDecimal::intValue)
                .orElse(0);
        if (requests == 0) {
            fault("limit/requests", "'requests' is a whole number from 1 to " + RuleLimit.MOST + ".");
        }
        Optional<Duration> per = limit.text("per").flatMap(TermsReader::duration);
        if (per.isEmpty()) {
            fault("limit/per", "'per' is a duration of ISO 8601 from PT1S to P1D in whole seconds, as PT1M.");
        }
        Optional<RuleLimit.By> by = limit.member("by").isEmpty()
                ? Optional.of(RuleLimit.By.TENANT)
                : limit.text("by").flatMap(RuleLimit.By::ofWord);
        if (by.isEmpty()) {
            fault("limit/by", "'by' is none of " + RuleLimit.By.words() + ".");
        } else if (point.filter(one -> !by.get().knownAt(one)).isPresent()) {
            fault("limit/by", "It is not known here which " + by.get().word() + " it is.");
        }
        return requests == 0 || per.isEmpty() || by.isEmpty()
                ? Optional.empty()
                : Optional.of(new RuleLimit(requests, per.get(), by.get()));
    }

    /** Names of models, the first that can be asked is; empty for another effect, or when there are faults. */
    List<String> route(Optional<RuleEffect> effect) {
        Optional<JsonObject> written = of("route", effect, RuleEffect.ROUTE, "model or models");
        if (written.isEmpty()) {
            return List.of();
        }
        known(written.get(), Set.of("model", "models"), "route");
        boolean single = written.get().member("model").isPresent();
        List<JsonValue> names = new ArrayList<>();
        written.get().member("model").ifPresent(names::add);
        written.get().array("models").orElse(JsonArray.EMPTY).forEach(names::add);
        if (single == written.get().member("models").isPresent() || names.isEmpty() || names.size() > MOST_MODELS) {
            fault("route", "'route' has either 'model' or 'models', an array of 1 to " + MOST_MODELS + " names.");
        }
        List<String> models = new ArrayList<>();
        for (int i = 0; i < names.size() && i < MOST_MODELS; i++) {
            if (names.get(i) instanceof JsonString(String name) && isModel(name)) {
                models.add(name);
            } else {
                fault(single ? "route/model" : "route/models/" + i, "A model is named provider/model.");
            }
        }
        return models;
    }

    /** How often an answer is asked for again; empty when it is not, or when there are faults. */
    Optional<GateCheck.Retry> retry(Optional<RuleEffect> effect) {
        if (rule.member("retry").isEmpty()) {
            return Optional.empty();
        }
        JsonObject retry = rule.object("retry").orElse(JsonObject.EMPTY);
        known(retry, Set.of("times", "say"), "retry");
        if (point.filter(one -> one != PolicyPoint.OUTPUT).isPresent()
                || effect.filter(one -> one != RuleEffect.DENY).isPresent()) {
            fault("retry", "'retry' goes with the effect DENY at the point output.");
        }
        Optional<BigDecimal> times = retry.number("times")
                .map(JsonNumber::value)
                .filter(number -> number.stripTrailingZeros().scale() <= 0
                        && number.signum() > 0
                        && number.compareTo(BigDecimal.valueOf(MOST_RETRIES)) <= 0);
        if (times.isEmpty()) {
            fault("retry/times", "'times' is a whole number from 1 to " + MOST_RETRIES + ".");
        }
        String say = retry.text("say").orElse("");
        if ((retry.member("say").isPresent() && say.isBlank()) || say.length() > PolicyDocument.LONGEST_TEXT) {
            fault("retry/say", "'say' is text of 1 to " + PolicyDocument.LONGEST_TEXT + " characters.");
        }
        return times.map(number -> new GateCheck.Retry(number.intValue(), say));
    }

    /** Whether it is a name as models have. */
    static boolean isModel(String name) {
        return name.matches("[^\\s/*]{1,100}/[^\\s*]{1,200}");
    }

    private Optional<JsonObject> of(String name, Optional<RuleEffect> effect, RuleEffect wanted, String members) {
        Optional<JsonObject> written = rule.object(name);
        boolean right = effect.filter(wanted::equals).isPresent();
        if (right == written.isPresent()
                && written.isPresent() == rule.member(name).isPresent()) {
            return written;
        }
        fault(name, "'" + name + "' goes with the effect " + wanted + ": an object of " + members + ".");
        return Optional.empty();
    }

    private static Optional<Duration> duration(String text) {
        try {
            return Optional.of(Duration.parse(text))
                    .filter(one -> one.compareTo(Duration.ofSeconds(1)) >= 0
                            && one.compareTo(RuleLimit.LONGEST) <= 0
                            && one.getNano() == 0);
        } catch (DateTimeException | ArithmeticException e) {
            return Optional.empty();
        }
    }

    private void known(JsonObject json, Set<String> names, String where) {
        json.members().keySet().stream()
                .filter(name -> !names.contains(name))
                .forEach(name -> fault(where + "/" + Fault.escape(name), "There is no member '" + name + "' here."));
    }

    private void fault(String pointer, String message) {
        faults.add(new Fault(at + "/" + pointer, PolicyErrorCode.INVALID_POLICY.code(), message));
    }
}
