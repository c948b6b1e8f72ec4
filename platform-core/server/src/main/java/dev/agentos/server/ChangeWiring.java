package dev.agentos.server;

import dev.agentos.execution.ExecutionEngine;
import dev.agentos.execution.Executions;
import dev.agentos.graph.ExecutionId;
import dev.agentos.http.HttpServices;
import dev.agentos.kernel.Operations;
import dev.agentos.persistence.Database;
import dev.agentos.persistence.Hints.Hint;
import dev.agentos.pluginruntime.PluginService;
import dev.agentos.tenancy.TenantId;
import dev.agentos.web.changes.Changes;
import java.util.List;
import java.util.Optional;

/** Who hears of what was changed, on this server and on the others. */
final class ChangeWiring {

    /** What plugins make of what is on offer. */
    private static final List<String> OFFERED = List.of("plugins", "agents", "tools", "models", "providers");

    private ChangeWiring() {}

    /** What looks at the database anew when another server has changed something. */
    record Followers(Recurring plugins, Recurring rules, Recurring stops) {}

    /** Hints of other servers. */
    static void listen(
            Database database, Followers followers, ExecutionEngine engine, Executions executions, Changes changes) {
        database.hints().subscribe(hint -> {
            switch (hint) {
                case Hint.Work() -> engine.wake();
                case Hint.Plugins() -> followers.plugins().wake();
                case Hint.Policies() -> followers.rules().wake();
                case Hint.Switches() -> followers.stops().wake();
                case Hint.Collection(Optional<TenantId> tenant, String name) -> changes.hear(tenant, name);
                case Hint.Changed(TenantId tenant, ExecutionId id) -> executions.hint(tenant, id);
                case Hint.Steered(TenantId tenant, ExecutionId id) -> executions.hintSteered(tenant, id);
            }
        });
    }

    /** What changes here without a request, or behind one. What each server learns by itself is told here alone. */
    static void tell(
            Changes changes,
            Database database,
            HttpServices.Control control,
            PluginService plugins,
            Operations operations) {
        changes.onTell(database.hints()::collection);
        plugins.extensions().onChange(() -> OFFERED.forEach(one -> changes.hear(Optional.empty(), one)));
        control.switches().onChange(() -> changes.hear(Optional.empty(), "kill-switches"));
        control.approvals().onChange(tenant -> changes.tell(tenant, "approvals"));
        operations.onChange(() -> changes.tell(Optional.empty(), "operations"));
    }
}
