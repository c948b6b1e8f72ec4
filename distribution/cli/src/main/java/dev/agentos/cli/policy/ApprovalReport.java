package dev.agentos.cli.policy;

import dev.agentos.cli.client.Answers;
import dev.agentos.cli.client.Texts;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** What waits for people to agree to, in lines that a person reads before a decision. */
public final class ApprovalReport {
    private ApprovalReport() {}

    /** An approval in lines, its arguments whole and last, where a terminal shows them. */
    public static List<String> describe(JsonObject approval) {
        var lines = new ArrayList<String>();
        for (var name :
                List.of("id", "state", "execution", "operation", "startedBy", "risk", "createdAt", "expiresAt")) {
            approval.text(name).ifPresent(text -> lines.add(name + ": " + Texts.visible(text)));
        }
        lines.add("people: " + Answers.number(approval, "people") + " must agree");
        lines.addAll(votes(approval));
        lines.addAll(deciders(approval));
        approval.text("escalatesAt").ifPresent(at -> lines.add("escalatesAt: " + Texts.visible(at)));
        approval.object("rule").ifPresent(rule -> lines.addAll(DecisionReport.match("rule", rule)));
        approval.text("nonce").ifPresent(nonce -> lines.add("nonce: " + Texts.visible(nonce)));
        lines.add("to be done: " + approval.text("kind").orElse("") + " "
                + approval.text("name").map(Texts::visible).orElse(""));
        approval.member("asked").ifPresent(asked -> lines.add("asked for: " + Texts.pretty(asked, "")));
        lines.addAll(changes(approval));
        approval.member("arguments").ifPresent(arguments -> lines.add("arguments: " + Texts.pretty(arguments, "")));
        return lines;
    }

    /** Who may take the next decision, when not everybody may. */
    private static List<String> deciders(JsonObject approval) {
        var lines = new ArrayList<String>();
        approval.array("chain").ifPresent(chain -> lines.add("chain: " + Texts.visible(Json.write(chain))));
        approval.text("escalatedTo").ifPresent(to -> lines.add("escalated to: " + Texts.visible(to)));
        approval.text("deciders").ifPresent(who -> lines.add("deciders: " + Texts.visible(who) + " alone may decide"));
        return lines;
    }

    /** Each place that somebody has edited, before what it all comes to. */
    private static List<String> changes(JsonObject approval) {
        return Answers.objects(approval.array("changes").orElse(JsonArray.EMPTY)).stream()
                .map(change -> "changed: " + change.text("op").orElse("") + " "
                        + change.text("pointer").map(Texts::visible).orElse("")
                        + change.member("before")
                                .map(value -> " from " + Texts.visible(Json.write(value)))
                                .orElse("")
                        + change.member("after")
                                .map(value -> " to " + Texts.visible(Json.write(value)))
                                .orElse(""))
                .toList();
    }

    /** What a decision came to. */
    public static List<String> outcome(JsonObject approval) {
        var lines = new ArrayList<String>();
        lines.add("");
        lines.add("state: " + approval.text("state").orElse(""));
        lines.addAll(votes(approval));
        lines.addAll(deciders(approval));
        lines.addAll(changes(approval));
        if (approval.member("asked").isPresent()) {
            approval.member("arguments").ifPresent(arguments -> lines.add("arguments: " + Texts.pretty(arguments, "")));
        }
        return lines;
    }

    private static List<String> votes(JsonObject approval) {
        return Answers.objects(approval.array("votes").orElse(JsonArray.EMPTY)).stream()
                .map(vote -> "vote: " + vote.text("by").orElse("")
                        + (vote.bool("agreed").orElse(false) ? " agreed" : " refused")
                        + vote.text("reason")
                                .map(reason -> ", because: " + Texts.visible(reason))
                                .orElse(""))
                .toList();
    }
}
