package dev.agentos.invocation;

import dev.agentos.pluginruntime.PluginVersion;
import dev.agentos.policy.KillSwitches;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.EmbeddingProvider;
import dev.agentos.spi.ModelProvider;
import dev.agentos.spi.Tool;
import dev.agentos.tenancy.TenantId;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A call as kill switches see it: refused while one is engaged, and cancelled when one is engaged while it runs.
 *
 * @param switches asked each time
 * @param call what they are asked about
 */
record SwitchedCall(KillSwitches switches, KillSwitches.Call call) {

    /** A call of that plugin, which has not begun. */
    static SwitchedCall of(
            KillSwitches switches,
            CallScope scope,
            CallTarget<?> target,
            Optional<Caller> caller,
            PluginVersion plugin) {
        Class<?> point = target.point();
        boolean model = point == ModelProvider.class || point == EmbeddingProvider.class;
        return new SwitchedCall(
                switches,
                new KillSwitches.Call(
                        new TenantId(scope.tenant()),
                        scope.subject().agent(),
                        plugin.plugin(),
                        caller.map(one -> one.grants().plugin().plugin()),
                        point == Tool.class ? Optional.of(target.extension()) : Optional.empty(),
                        model ? Optional.of(target.extension()) : Optional.empty()));
    }

    /**
     * Passes unless a switch stops it.
     *
     * @throws AgentOsException {@code policy:KILL_SWITCH_ENGAGED}
     */
    void require() {
        switches.stopping(call).ifPresent(one -> {
            throw one.refusal();
        });
    }

    /** Counts it as one that is made, as long as that goes on. */
    <R> R counted(Supplier<R> made) {
        Runnable ended = switches.begins(call);
        try {
            return made.get();
        } finally {
            ended.run();
        }
    }

    /** The scope of the call, cancelled as soon as a switch stops it. */
    CallScope scope(CallScope outer) {
        return outer.cancelledAlso(() -> switches.stopping(call).isPresent());
    }
}
