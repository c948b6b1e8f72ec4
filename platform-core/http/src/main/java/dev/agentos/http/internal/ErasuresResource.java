package dev.agentos.http.internal;

import dev.agentos.retention.Erasure;
import dev.agentos.retention.Erasures;
import dev.agentos.retention.Retention;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Scope;
import dev.agentos.web.Describes;
import dev.agentos.web.Paging;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.resources.Views;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Which tenants were erased, for platform administrators: all that is left of them. */
@Path("erasures")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
public final class ErasuresResource {

    private final Erasures erasures;

    /** The resource of those erasures. */
    @Inject
    public ErasuresResource(Retention retention) {
        this.erasures = retention.erasures();
    }

    /** Lists them. */
    @GET
    @RequiresScope(Scope.TENANTS_READ)
    @Describes(
            id = "listErasures",
            summary = "List the tenants that were erased, or are, the newest first",
            response = "ErasurePage")
    public JsonObject list(@QueryParam("limit") @Nullable String limit, @QueryParam("cursor") @Nullable String cursor) {
        Paging paging = Paging.of("erasures", limit, cursor);
        return paging.answer(erasures.list(Optional.empty(), paging.request()), ErasuresResource::view);
    }

    /** Shows one. */
    @GET
    @Path("{id}")
    @RequiresScope(Scope.TENANTS_READ)
    @Describes(id = "getErasure", summary = "Show an erasure and how many rows are gone", response = "Erasure")
    public JsonObject find(@PathParam("id") String id) {
        return view(erasures.require(Optional.empty(), id));
    }

    /** An erasure, as the API writes it. */
    public static JsonObject view(Erasure erasure) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("id", erasure.id());
        members.put("tenant", erasure.whose().tenant().value());
        members.put("name", erasure.name());
        erasure.whose().principal().ifPresent(principal -> members.put("principal", principal));
        members.put("state", erasure.finishedAt().isPresent() ? "DONE" : "RUNNING");
        erasure.operation().ifPresent(operation -> members.put("operation", operation));
        members.put("requestedBy", erasure.requestedBy());
        members.put("requestedAt", Views.time(erasure.requestedAt()));
        members.put("removed", erasure.counts());
        Views.putTime(members, "finishedAt", erasure.finishedAt());
        return Views.object(members);
    }
}
