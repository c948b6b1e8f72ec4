package dev.agentos.registryservice;

import dev.agentos.policy.Approval;
import dev.agentos.policy.ApprovalTerms;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An approval as a registry keeps it. A registry has no tenants, nobody edits a release, and nothing is delegated or
 * escalated, so that those parts are not written.
 *
 * @param approval what was asked, and what came of it
 * @param told whether what waited for it was told of the decision
 * @param failure why the release did not come in although it was agreed to, as a failure is written
 */
record ApprovalFile(Approval approval, boolean told, Optional<JsonObject> failure) {

    JsonObject toJson() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("id", approval.id());
        members.put("state", approval.state().name());
        members.put("effect", approval.asked().effect());
        members.put("kind", approval.asked().kind());
        members.put("name", approval.asked().name());
        members.put("arguments", approval.asked().arguments());
        members.put("rule", approval.rule());
        members.put("terms", approval.terms().toJson());
        members.put("nonce", approval.standing().nonce());
        members.put(
                "votes",
                approval.standing().votes().stream().map(Approval.Vote::toJson).toList());
        approval.asked().startedBy().ifPresent(by -> members.put("startedBy", by));
        members.put("revision", approval.revision());
        members.put("createdAt", approval.times().createdAt().toString());
        members.put("expiresAt", approval.times().expiresAt().toString());
        approval.times().decidedAt().ifPresent(at -> members.put("decidedAt", at.toString()));
        members.put("told", told);
        failure.ifPresent(why -> members.put("failure", why));
        return (JsonObject) JsonValue.of(members);
    }

    /** Reads what {@link #toJson} wrote; an {@link IllegalArgumentException} or what is alike for anything else. */
    static ApprovalFile fromJson(JsonObject json) {
        Approval approval = new Approval(
                required(json, "id"),
                Optional.empty(),
                new Approval.Asked(
                        "",
                        required(json, "effect"),
                        required(json, "kind"),
                        required(json, "name"),
                        json.object("arguments").orElseThrow(),
                        json.text("startedBy")),
                json.object("rule").orElseThrow(),
                ApprovalTerms.of(json.object("terms").orElseThrow()),
                Approval.State.valueOf(required(json, "state")),
                new Approval.Standing(
                        required(json, "nonce"),
                        votes(json.array("votes").orElse(JsonArray.EMPTY)),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()),
                json.number("revision").map(JsonNumber::value).orElseThrow().longValueExact(),
                new Approval.Times(
                        time(json, "createdAt").orElseThrow(),
                        time(json, "expiresAt").orElseThrow(),
                        time(json, "decidedAt")));
        return new ApprovalFile(approval, json.bool("told").orElse(false), json.object("failure"));
    }

    private static List<Approval.Vote> votes(JsonArray kept) {
        return kept.items().stream()
                .map(JsonObject.class::cast)
                .map(vote -> new Approval.Vote(
                        required(vote, "by"),
                        vote.bool("agreed").orElse(false),
                        vote.text("reason"),
                        time(vote, "at").orElseThrow(),
                        Optional.empty()))
                .toList();
    }

    private static String required(JsonObject json, String name) {
        return json.text(name).orElseThrow(() -> new IllegalArgumentException("'" + name + "' is missing"));
    }

    private static Optional<Instant> time(JsonObject json, String name) {
        return json.text(name).map(text -> Instant.parse(text));
    }
}
