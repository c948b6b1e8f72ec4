package dev.agentos.server;

import dev.agentos.policy.Approval;
import java.util.function.Predicate;

/**
 * Whom a decision is told: the execution that waits for it, or the change of a plugin.
 *
 * @param executions tells an execution; false when it has to be told again
 * @param plugins tells a change of a plugin; the same
 */
record DecidedApprovals(Predicate<Approval> executions, Predicate<Approval> plugins) implements Predicate<Approval> {

    @Override
    public boolean test(Approval approval) {
        return approval.asked().kind().equals(Approval.PLUGIN) ? plugins.test(approval) : executions.test(approval);
    }
}
