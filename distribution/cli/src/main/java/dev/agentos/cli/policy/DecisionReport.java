package dev.agentos.cli.policy;

import dev.agentos.cli.client.Answers;
import dev.agentos.cli.client.Texts;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** What policies decided, in lines that a person reads. */
public final class DecisionReport {
    private DecisionReport() {}

    /** A decision in lines: what holds, which rule says so, what its condition looked at, and what else matched. */
    public static List<String> explain(JsonObject decision) {
        var lines = new ArrayList<String>();
        lines.add("effect: " + decision.text("effect").orElse(""));
        decision.text("closedBy")
                .ifPresent(policy ->
                        lines.add("because: policy '" + policy + "' lets nothing pass without a rule that allows it"));
        var deciding = decision.object("deciding");
        deciding.ifPresent(match -> lines.addAll(match("because", match)));
        if (deciding.isEmpty() && decision.text("closedBy").isEmpty()) {
            lines.add("because: no rule speaks against it");
        }
        Answers.objects(decision.array("matches").orElse(JsonArray.EMPTY)).stream()
                .filter(match -> !match.equals(deciding.orElse(JsonObject.EMPTY)))
                .forEach(match -> lines.addAll(match("also", match)));
        Answers.objects(decision.array("checks").orElse(JsonArray.EMPTY)).forEach(made -> lines.add(check(made)));
        return lines;
    }

    /** What a check came to. */
    private static String check(JsonObject made) {
        var detail = made.text("detail").map(Texts::visible).orElse("");
        return "check: rule '" + made.text("rule").orElse("") + "' of the "
                + made.text("owner").orElse("") + "'s policy '"
                + made.text("policy").orElse("") + "': "
                + made.text("outcome").orElse("") + (detail.isEmpty() ? "" : ": " + detail);
    }

    /** A rule that matched. */
    static List<String> match(String as, JsonObject match) {
        var lines = new ArrayList<String>();
        lines.add(as + ": rule '" + match.text("rule").orElse("") + "' of the "
                + match.text("owner").orElse("") + "'s policy '"
                + match.text("policy").orElse("") + "' (version "
                + Answers.number(match, "version") + "): "
                + match.text("effect").orElse("")
                + (match.text("mode").orElse("").equals("dry-run") ? ", only tried" : "") + ". "
                + match.text("reason").map(Texts::visible).orElse(""));
        match.text("when").ifPresent(condition -> lines.add("  when: " + Texts.visible(condition)));
        match.object("values")
                .orElse(JsonObject.EMPTY)
                .members()
                .forEach((path, value) -> lines.add("  " + Texts.visible(path) + " = " + Texts.pretty(value, "  ")));
        match.text("error").ifPresent(error -> lines.add("  its condition has no value: " + Texts.visible(error)));
        return lines;
    }
}
