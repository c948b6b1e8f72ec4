package dev.agentos.http;

import dev.agentos.agents.AgentAccess;
import dev.agentos.execution.ExecutionFilter;
import dev.agentos.execution.Session;
import dev.agentos.execution.Sessions;
import dev.agentos.http.internal.EventModes;
import dev.agentos.http.internal.WorkViews;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenantId;
import dev.agentos.web.AdmitsOnce;
import dev.agentos.web.Audited;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.Paging;
import dev.agentos.web.RequiresScope;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The sessions of a tenant. */
@Path("sessions")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
public final class SessionsResource {

    private final Sessions sessions;
    private final AgentAccess access;
    private final ExecutionStarts starts;

    @Inject
    SessionsResource(Sessions sessions, AgentAccess access, ExecutionStarts starts) {
        this.access = access;
        this.sessions = sessions;
        this.starts = starts;
    }

    /** Lists the sessions. */
    @GET
    @RequiresScope(Scope.EXECUTIONS_READ)
    @Describes(id = "listSessions", summary = "List the sessions, newest first", response = "SessionPage")
    public JsonObject list(
            @Context ContainerRequestContext request,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        Paging paging = Paging.of("sessions", limit, cursor);
        TenantId tenant = Caller.of(request).tenant();
        return paging.answer(
                sessions.list(tenant, access.within(tenant, Caller.reach(request)), paging.request()),
                WorkViews::session);
    }

    /** Shows a session with its state. */
    @GET
    @Path("{id}")
    @RequiresScope(Scope.EXECUTIONS_READ)
    @Audited
    @Describes(
            id = "getSession",
            summary = "Show a session, its state and the executions that have not ended",
            response = "Session")
    public JsonObject find(@Context ContainerRequestContext request, @PathParam("id") String id) {
        TenantId tenant = Caller.of(request).tenant();
        Session session = require(request, id);
        return WorkViews.session(session).with("state", sessions.state(tenant, session));
    }

    /** Lists the executions of a session. */
    @GET
    @Path("{id}/executions")
    @RequiresScope(Scope.EXECUTIONS_READ)
    @Audited
    @Describes(
            id = "listSessionExecutions",
            summary = "List the executions of a session, newest first",
            response = "ExecutionPage")
    public JsonObject executions(
            @Context ContainerRequestContext request,
            @PathParam("id") String id,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        TenantId tenant = Caller.of(request).tenant();
        Paging paging = Paging.of("session-executions", limit, cursor);
        String session = require(request, id).id();
        return starts.page(tenant, ExecutionFilter.ofSession(session), paging);
    }

    /** Lists the messages of a session. */
    @GET
    @Path("{id}/messages")
    @RequiresScope(Scope.EXECUTIONS_READ)
    @Audited
    @Describes(
            id = "listSessionMessages",
            summary = "List the messages of a session, oldest first",
            response = "MessagePage")
    public JsonObject messages(
            @Context ContainerRequestContext request,
            @PathParam("id") String id,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        TenantId tenant = Caller.of(request).tenant();
        Paging paging = Paging.of("messages", limit, cursor);
        List<JsonValue> all = sessions.messages(tenant, require(request, id)).items();
        PageRequest wanted = paging.request();
        int from = Math.min(all.size(), wanted.place(0));
        int to = Math.min(all.size(), from + wanted.limit());
        return paging.answer(
                new Page<>(
                        all.subList(from, to), to < all.size() ? Optional.of(Integer.toString(to)) : Optional.empty()),
                message -> message);
    }

    /** Says something in a session. */
    @POST
    @Path("{id}/messages")
    @AdmitsOnce
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces({MediaType.APPLICATION_JSON, "text/event-stream;qs=0.5"})
    @RequiresScope(Scope.EXECUTIONS_WRITE)
    @Audited
    @Describes(
            id = "createSessionMessage",
            summary = "Start an execution in a session with a message as its input",
            request = "SessionMessage",
            response = "Execution",
            status = 202,
            complete = "ExecutionOutcome",
            streams = true)
    public Response say(
            @Context ContainerRequestContext request,
            @PathParam("id") String id,
            @QueryParam("modes") @Nullable String modes,
            JsonObject body) {
        EventModes shown = EventModes.of(modes);
        Fields fields = Fields.of(body, "SessionMessage");
        JsonValue message = fields.value("message").orElseThrow(() -> Fields.invalid("message", "is required"));
        return starts.start(request, fields, Optional.of(id), Optional.of(written(message)), shown);
    }

    private Session require(ContainerRequestContext request, String id) {
        return access.session(Caller.of(request).tenant(), Caller.reach(request), sessions, id);
    }

    /** What is only a text is said by the user. */
    private static JsonValue written(JsonValue message) {
        return switch (message) {
            case JsonString text -> JsonObject.of("role", "user", "content", text);
            case JsonObject whole -> whole;
            default -> throw Fields.invalid("message", "is neither a text nor an object");
        };
    }

    /** Takes a session to another version of its graph. */
    @POST
    @Path("{id}/migration")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.EXECUTIONS_WRITE)
    @Describes(
            id = "migrateSession",
            summary = "Take a session to another version of its graph",
            request = "SessionMigrate",
            response = "Migration")
    public JsonObject migrate(@Context ContainerRequestContext request, @PathParam("id") String id, JsonObject body) {
        Caller caller = Caller.of(request);
        require(request, id);
        Fields fields = Fields.of(body, "SessionMigrate");
        int version = fields.integer("version", 1, Integer.MAX_VALUE)
                .orElseThrow(() -> Fields.invalid("version", "is required"));
        boolean dryRun = fields.flag("dryRun");
        return sessions.migrate(
                        caller.tenant(),
                        id,
                        version,
                        expressions(fields),
                        dryRun,
                        Optional.of(caller.principal().id()))
                .toJson()
                .with("dryRun", dryRun);
    }

    /** What channels are to hold in another version, in CEL. */
    static Map<String, String> expressions(Fields fields) {
        Map<String, String> values = new LinkedHashMap<>();
        fields.object("values").members().forEach((channel, value) -> {
            if (!(value instanceof JsonString(String expression))) {
                throw Fields.invalid("values", "holds something else than CEL expressions in strings");
            }
            values.put(channel, expression);
        });
        return values;
    }

    /** Removes a session. */
    @DELETE
    @Path("{id}")
    @RequiresScope(Scope.EXECUTIONS_WRITE)
    @Describes(id = "deleteSession", summary = "Remove a session with all of its executions", status = 204)
    public Response delete(@Context ContainerRequestContext request, @PathParam("id") String id) {
        if (!Caller.reach(request).all()) {
            require(request, id);
        }
        sessions.delete(Caller.of(request).tenant(), id);
        return Response.noContent().build();
    }
}
