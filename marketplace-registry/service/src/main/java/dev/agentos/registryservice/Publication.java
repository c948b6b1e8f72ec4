package dev.agentos.registryservice;

import dev.agentos.policy.Approval;
import dev.agentos.registrymodel.Release;

/** What came of a JAR that somebody wants to publish, and that nothing speaks against. */
sealed interface Publication {

    /** It is in the registry. */
    record Published(Release release) implements Publication {}

    /** It waits until people have agreed. */
    record Waiting(Approval approval) implements Publication {}
}
