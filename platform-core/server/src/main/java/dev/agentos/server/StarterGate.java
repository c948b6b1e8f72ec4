package dev.agentos.server;

import dev.agentos.invocation.Gate;
import dev.agentos.tenancy.Principals;
import dev.agentos.tenancy.TenantId;

/** Lets an execution call no model and no tool any more when whoever began it could not begin it now. */
final class StarterGate implements Gate {

    private final Principals principals;

    StarterGate(Principals principals) {
        this.principals = principals;
    }

    @Override
    public void pass(Attempt attempt) {
        if (attempt.act().isPresent() && attempt.scope().execution().isPresent()) {
            attempt.scope()
                    .subject()
                    .principal()
                    .ifPresent(id -> principals.requireStarter(
                            new TenantId(attempt.scope().tenant()), id));
        }
    }
}
