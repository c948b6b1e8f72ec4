package dev.agentos.agents;

import dev.agentos.graph.Channels;
import dev.agentos.graph.ExecutionId;
import dev.agentos.invocation.CallScope;
import dev.agentos.invocation.Invocation;
import dev.agentos.invocation.Schemas;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.pluginruntime.ExtensionListing;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.time.Instant;
import java.util.Optional;

/** A reducer that a plugin adds. */
final class PluginReducer implements Channels.Custom {

    private final Invocation invocation;
    private final ExtensionListing listing;
    private final ExtensionListing.OfReducer reducer;

    PluginReducer(Invocation invocation, ExtensionListing listing) {
        this.invocation = invocation;
        this.listing = listing;
        this.reducer = (ExtensionListing.OfReducer) listing.description();
    }

    @Override
    public String description() {
        return "the reducer '" + reducer.name() + "' of plugin " + listing.plugin();
    }

    @Override
    public boolean orderIndependent() {
        return reducer.orderIndependent();
    }

    @Override
    public Optional<String> problem(JsonValue value) {
        return Schemas.check(reducer.valueSchema(), value, "").stream()
                .map(Fault::message)
                .findFirst();
    }

    @Override
    public JsonValue reduce(Channels.Reduction reduction) {
        Channels.Caller caller = reduction.caller();
        // Nobody's cancel cuts it short: it is over soon, and what an execution is told of it is then always the same.
        CallScope scope = new CallScope(
                new CallScope.Subject(
                        caller.tenant().value(),
                        caller.execution().map(ExecutionId::value),
                        Optional.empty(),
                        Optional.empty()),
                Instant.MAX,
                () -> false,
                "reducer/" + reduction.channel(),
                JsonObject.EMPTY,
                (name, data) -> {});
        try {
            return invocation.reduce(scope, reducer.name(), reduction.current(), reduction.write());
        } catch (AgentOsException e) {
            boolean late = e.errorCode() == KernelErrorCode.DEADLINE_EXCEEDED;
            throw Channels.failed(reduction, description(), late ? "took too long" : "failed: " + e.getMessage());
        }
    }
}
