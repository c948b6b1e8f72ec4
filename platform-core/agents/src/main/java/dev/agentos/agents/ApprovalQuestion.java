package dev.agentos.agents;

import dev.agentos.graph.Interrupt;
import dev.agentos.graph.NodeCall;
import dev.agentos.policy.Approval;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;

/** The interrupt by which an execution waits for an approval. */
final class ApprovalQuestion {

    private ApprovalQuestion() {}

    static Interrupt of(NodeCall call, Approval approval) {
        JsonObject question = JsonObject.of(
                "kind", Interrupt.APPROVAL,
                "approval", approval.id(),
                "about", approval.asked().kind() + " " + approval.asked().name(),
                "arguments", approval.arguments(),
                "reason", approval.rule().text("reason").orElse(""),
                "expiresAt", approval.times().expiresAt().toString());
        return new Interrupt(
                approval.id(),
                call.node().id(),
                approval.deciders()
                        .map(deciders -> question.with("deciders", new JsonString(deciders)))
                        .orElse(question));
    }
}
