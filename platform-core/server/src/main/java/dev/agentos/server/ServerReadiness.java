package dev.agentos.server;

import dev.agentos.http.Readiness;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Whether this server takes traffic: not before all is started, not without a database, not with other plugins than the
 * other servers, and no longer once it stops.
 */
final class ServerReadiness implements Readiness {

    private enum Phase {
        STARTING,
        READY,
        STOPPING
    }

    private volatile Phase phase = Phase.STARTING;
    private volatile BooleanSupplier database = () -> true;
    private volatile BooleanSupplier plugins = () -> true;
    private volatile Optional<String> obstacle = Optional.empty();
    private volatile Supplier<Optional<String>> lack = Optional::empty;

    /** From now on it is not ready while the database does not answer, or another server's plugins are not here. */
    void needs(BooleanSupplier databaseAnswers, BooleanSupplier pluginsFollow) {
        database = databaseAnswers;
        plugins = pluginsFollow;
    }

    /** Says what the start waits for; empty when for nothing but itself. */
    void waitsFor(Optional<String> what) {
        obstacle = what;
    }

    /** Says so while something is not there without which the server does its work all the same. */
    void lacks(BooleanSupplier away, String what) {
        lack = () -> away.getAsBoolean() ? Optional.of(what) : Optional.empty();
    }

    void ready() {
        phase = Phase.READY;
    }

    void stopping() {
        phase = Phase.STOPPING;
    }

    @Override
    public Optional<String> starting() {
        return phase == Phase.STARTING ? Optional.of(obstacle.orElse("The server is starting.")) : Optional.empty();
    }

    @Override
    public Optional<String> impaired() {
        return lack.get();
    }

    @Override
    public Optional<String> unready() {
        if (phase == Phase.STOPPING) {
            return Optional.of("The server is stopping.");
        }
        Optional<String> starting = starting();
        if (starting.isPresent()) {
            return starting;
        }
        if (!database.getAsBoolean()) {
            return Optional.of("The database does not answer.");
        }
        return plugins.getAsBoolean()
                ? Optional.empty()
                : Optional.of("The server is loading plugins that another server has changed.");
    }
}
