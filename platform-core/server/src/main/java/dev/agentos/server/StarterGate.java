package dev.agentos.server;

import dev.agentos.graph.GraphStore;
import dev.agentos.invocation.CallScope;
import dev.agentos.invocation.Gate;
import dev.agentos.tenancy.Principals;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.TenantId;

/** Lets an execution call no model and no tool any more when whoever began it could not begin it now. */
final class StarterGate implements Gate {

    private final Principals principals;
    private final GraphStore graphs;

    StarterGate(Principals principals, GraphStore graphs) {
        this.principals = principals;
        this.graphs = graphs;
    }

    @Override
    public void pass(Attempt attempt) {
        CallScope.Subject subject = attempt.scope().subject();
        if (attempt.act().isPresent() && subject.execution().isPresent()) {
            TenantId tenant = new TenantId(subject.tenant());
            subject.principal()
                    .ifPresent(id -> principals.requireStarter(tenant, id, reach -> covers(tenant, reach, subject)));
        }
    }

    private boolean covers(TenantId tenant, Reach reach, CallScope.Subject subject) {
        return reach.names()
                .map(names -> subject.agent()
                        .map(reach::covers)
                        .orElseGet(() -> subject.graph()
                                .filter(graphs.ids(tenant, names)::contains)
                                .isPresent()))
                .orElse(true);
    }
}
