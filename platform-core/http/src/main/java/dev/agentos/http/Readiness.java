package dev.agentos.http;

import java.util.Optional;

/** Whether the server is ready for traffic; asked by each probe, so it must answer from memory. */
public interface Readiness {

    /** Always ready. */
    Readiness READY = new Readiness() {
        @Override
        public Optional<String> starting() {
            return Optional.empty();
        }

        @Override
        public Optional<String> unready() {
            return Optional.empty();
        }
    };

    /** What the start still waits for; empty once it is over. */
    Optional<String> starting();

    /** Why no traffic should come now; empty when it may. */
    Optional<String> unready();

    /** What does not work as it should although traffic may come; empty when all does. */
    default Optional<String> impaired() {
        return Optional.empty();
    }
}
