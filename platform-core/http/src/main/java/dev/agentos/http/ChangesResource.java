package dev.agentos.http;

import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenantId;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.changes.Changes;
import dev.agentos.web.changes.FollowedCollections;
import dev.agentos.web.login.Credential;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What has changed, for those who show lists. */
@Path("changes")
@Singleton
public final class ChangesResource {

    private static final String SUMMARY = "Follow which collections change: event opened names those that the caller"
            + " is told of, then each event changed those in which something may be otherwise than before";

    private final Changes changes;
    private final FollowedCollections collections;
    private final Streaming streaming;

    @Inject
    ChangesResource(Changes changes, FollowedCollections collections, Streaming streaming) {
        this.changes = changes;
        this.collections = collections;
        this.streaming = streaming;
    }

    /** Lists what a stream would tell of. */
    @GET
    @Produces(MediaType.APPLICATION_JSON)
    @RequiresScope({})
    @Describes(id = "followChanges", summary = SUMMARY, response = "FollowedCollections", streams = true)
    public JsonObject collections(@Context ContainerRequestContext request) {
        return JsonObject.of(
                "collections",
                List.copyOf(collections.of(Caller.of(request).principal()).keySet()));
    }

    /** Streams the names of collections that have changed. */
    @GET
    @Produces("text/event-stream;qs=0.5")
    @RequiresScope({})
    @Describes(id = "followChanges", summary = SUMMARY, response = "FollowedCollections", streams = true)
    public Response follow(@Context ContainerRequestContext request) {
        Principal principal = Caller.of(request).principal();
        Optional<TenantId> tenant = Caller.of(request).actingFor();
        Map<String, Set<Scope>> told = collections.of(principal);
        // Whoever loses one of these rights is told so by the end of the stream, and may follow the rest.
        Credential.needs(
                request, told.values().stream().flatMap(Collection::stream).toArray(Scope[]::new));
        return streaming.open(request, Changes.topic(tenant), changes.follow(tenant, told.keySet()), "");
    }
}
