package dev.agentos.agents;

import dev.agentos.graph.ExecutionId;
import dev.agentos.tenancy.TenantId;

/** Is told what scripts of {@code code} nodes tried and were refused: files, sockets, classes, tools of others. */
@FunctionalInterface
public interface ScriptRefusals {

    /** Keeps none. */
    ScriptRefusals UNRECORDED = refusal -> {};

    /**
     * What one script tried.
     *
     * @param node the node whose script it is
     * @param code the error with which its task ended
     * @param message what was refused, in words
     */
    record Refusal(TenantId tenant, ExecutionId execution, String node, String code, String message) {}

    /** Keeps one; must not block. */
    void refused(Refusal refusal);
}
