package dev.agentos.guard;

import java.util.List;

/** A plugin under guard, until it is closed; from then on its code may do nothing any more. */
public final class GuardedPlugin implements AutoCloseable {

    private final Domain domain;

    GuardedPlugin(Domain domain) {
        this.domain = domain;
    }

    /** What it was refused so far, in no order. */
    public List<Denial> denials() {
        return domain.denials();
    }

    /** Takes every grant back: the plugin is being unloaded, and what is left of it may do nothing. */
    @Override
    public void close() {
        domain.revoke();
    }
}
