package dev.agentos.agents;

import dev.agentos.graph.Interrupt;
import dev.agentos.graph.NodeCall;
import dev.agentos.policy.Approval;
import dev.agentos.spi.JsonObject;

/** The interrupt by which an execution waits for an approval. */
final class ApprovalQuestion {

    private ApprovalQuestion() {}

    static Interrupt of(NodeCall call, Approval approval) {
        return new Interrupt(
                approval.id(),
                call.node().id(),
                JsonObject.of(
                        "kind", Interrupt.APPROVAL,
                        "approval", approval.id(),
                        "about",
                                approval.asked().kind() + " " + approval.asked().name(),
                        "arguments", approval.arguments(),
                        "reason", approval.rule().text("reason").orElse(""),
                        "expiresAt", approval.times().expiresAt().toString()));
    }
}
