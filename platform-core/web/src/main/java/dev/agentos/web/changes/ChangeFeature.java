package dev.agentos.web.changes;

import dev.agentos.tenancy.Scope;
import dev.agentos.web.AuditFeature;
import dev.agentos.web.Caller;
import dev.agentos.web.RequiresScope;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.container.DynamicFeature;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.FeatureContext;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Optional;

/** Tells of the collection behind each request that has changed something, and of the record that is kept of it. */
public final class ChangeFeature implements DynamicFeature {

    private static final String AUDIT = "audit";

    private final Changes changes;

    /** Changes are told there. */
    public ChangeFeature(Changes changes) {
        this.changes = changes;
    }

    @Override
    public void configure(ResourceInfo resource, FeatureContext context) {
        Method method = resource.getResourceMethod();
        if (AuditFeature.changes(method)) {
            RequiresScope required = method.getAnnotation(RequiresScope.class);
            boolean ofAll = required != null && Arrays.stream(required.value()).anyMatch(Scope::platform);
            // Of answers, the one with the least priority is looked at last: behind the record.
            context.register(
                    new Telling(FollowedCollections.of(resource.getResourceClass(), method), ofAll), Integer.MIN_VALUE);
        }
    }

    private final class Telling implements ContainerResponseFilter {

        private final String collection;
        private final boolean ofAll;

        Telling(String collection, boolean ofAll) {
            this.collection = collection;
            this.ofAll = ofAll;
        }

        @Override
        public void filter(ContainerRequestContext request, ContainerResponseContext response) {
            Caller.find(request).ifPresent(caller -> {
                if (response.getStatus() < 300) {
                    // What only the platform's people may change is seen with whatever tenant they act for.
                    changes.tell(ofAll ? Optional.empty() : caller.actingFor(), collection);
                }
                changes.tell(caller.actingFor(), AUDIT);
            });
        }
    }
}
