package dev.agentos.server;

import dev.agentos.http.Readiness;
import java.util.Optional;

/** Whether this server takes traffic: not before all is started, and no longer once it stops. */
final class ServerReadiness implements Readiness {

    private enum Phase {
        STARTING,
        READY,
        STOPPING
    }

    private volatile Phase phase = Phase.STARTING;

    void ready() {
        phase = Phase.READY;
    }

    void stopping() {
        phase = Phase.STOPPING;
    }

    @Override
    public Optional<String> starting() {
        return phase == Phase.STARTING ? Optional.of("The server is starting.") : Optional.empty();
    }

    @Override
    public Optional<String> unready() {
        return phase == Phase.STOPPING ? Optional.of("The server is stopping.") : starting();
    }
}
