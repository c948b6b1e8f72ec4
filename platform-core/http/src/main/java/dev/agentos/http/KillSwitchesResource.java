package dev.agentos.http;

import dev.agentos.kernel.Page;
import dev.agentos.policy.KillSwitch;
import dev.agentos.policy.KillSwitchStore;
import dev.agentos.policy.KillSwitchTarget;
import dev.agentos.policy.KillSwitches;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.PrincipalNames;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenantId;
import dev.agentos.web.Audited;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.Paging;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.resources.Called;
import dev.agentos.web.resources.RecordsChanges;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The switches that stop everything, or a part of it. An administrator of the platform who names a tenant stops things
 * for that tenant, and for everybody otherwise; a tenant's key stops them for its own.
 */
@Path("kill-switches")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
@RecordsChanges
public final class KillSwitchesResource {

    private static final int LONGEST_REASON = 500;

    private final HttpServices.Emergency emergency;
    private final KillSwitches switches;
    private final PrincipalNames names;

    @Inject
    KillSwitchesResource(HttpServices.Emergency emergency, KillSwitches switches, PrincipalNames names) {
        this.emergency = emergency;
        this.switches = switches;
        this.names = names;
    }

    /** Lists what is stopped. */
    @GET
    @RequiresScope(Scope.KILL_SWITCHES_READ)
    @Describes(
            id = "listKillSwitches",
            summary = "List the kill switches that are engaged for the tenant or for everybody, with state=lifted"
                    + " those that were lifted, with state=all both; the newest first",
            response = "KillSwitchPage")
    public JsonObject list(
            @Context ContainerRequestContext request,
            @QueryParam("state") @Nullable String state,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        Paging paging = Paging.of("kill-switches", limit, cursor);
        Page<KillSwitch> found = switches.list(Caller.of(request).actingFor(), state(state), paging.request());
        Called called = Called.of(names, request, found.items().stream().flatMap(KillSwitchesResource::people));
        return paging.answer(found, one -> named(one, called));
    }

    private static Optional<KillSwitch.State> state(@Nullable String word) {
        return switch (word == null ? "engaged" : word) {
            case "engaged" -> Optional.of(KillSwitch.State.ENGAGED);
            case "lifted" -> Optional.of(KillSwitch.State.LIFTED);
            case "all" -> Optional.empty();
            default -> throw Fields.invalid("state", "is engaged, lifted or all");
        };
    }

    private static Stream<String> people(KillSwitch one) {
        return Stream.concat(Stream.of(one.engaged()), one.lifted().stream()).map(KillSwitch.Note::by);
    }

    private static JsonObject named(KillSwitch one, Called called) {
        JsonObject json = one.toJson();
        for (String note : List.of("engaged", "lifted")) {
            Optional<JsonObject> noted = json.object(note);
            if (noted.isPresent()) {
                json = json.with(note, called.beside(noted.get(), "by"));
            }
        }
        return json;
    }

    /** Stops something; the switch itself is the durable record of it, and nothing else is waited for. */
    @PUT
    @Audited
    @Path("{kind}/{id: .+}")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.KILL_SWITCHES_WRITE)
    @Describes(
            id = "engageKillSwitch",
            summary = "Stop the platform (platform/all), a tenant, agent, tool, plugin or provider at once; with"
                    + " dryRun=true only say what that would stop",
            request = "KillSwitchEngage",
            response = "KillSwitch")
    public JsonObject engage(
            @Context ContainerRequestContext request,
            @PathParam("kind") String kind,
            @PathParam("id") String id,
            @QueryParam("dryRun") @Nullable String dryRun,
            JsonObject body) {
        String reason = Fields.of(body, "KillSwitchEngage").requiredText("reason", LONGEST_REASON);
        Caller caller = Caller.of(request);
        KillSwitchTarget target = target(caller, kind, id);
        if (dryRun == null || dryRun.equals("false")) {
            return switches.engage(target, actor(caller), reason).toJson();
        }
        if (!dryRun.equals("true")) {
            throw Fields.invalid("dryRun", "is true or false");
        }
        return dryRun(target, switches.impact(target, actor(caller)), switches.calls(target, actor(caller)));
    }

    /** Lets something go on. */
    @DELETE
    @Path("{kind}/{id: .+}")
    @RequiresScope(Scope.KILL_SWITCHES_WRITE)
    @Describes(
            id = "liftKillSwitch",
            summary = "Lift a kill switch, with the reason in the query",
            response = "KillSwitch")
    public JsonObject lift(
            @Context ContainerRequestContext request,
            @PathParam("kind") String kind,
            @PathParam("id") String id,
            @QueryParam("reason") @Nullable String reason) {
        Caller caller = Caller.of(request);
        return switches.lift(target(caller, kind, id), actor(caller), reason == null ? "" : reason)
                .toJson();
    }

    private KillSwitchTarget target(Caller caller, String word, String id) {
        KillSwitchTarget.Kind kind = KillSwitchTarget.Kind.of(word);
        if (kind == KillSwitchTarget.Kind.TENANT) {
            TenantId tenant = caller.tenant(emergency.tenants(), id);
            return KillSwitchTarget.of(tenant);
        }
        boolean everybody =
                kind == KillSwitchTarget.Kind.PLATFORM && !caller.principal().platform();
        return new KillSwitchTarget(kind, id, everybody ? Optional.empty() : caller.actingFor());
    }

    private static KillSwitches.Actor actor(Caller caller) {
        return new KillSwitches.Actor(
                caller.principal().id(), caller.principal().platform());
    }

    private static JsonObject dryRun(KillSwitchTarget target, KillSwitchStore.Impact impact, long calls) {
        return target.toJson()
                .with("state", "DRY_RUN")
                .with(
                        "impact",
                        JsonObject.of(
                                "running", impact.running(),
                                "queued", impact.queued(),
                                "waiting", impact.waiting(),
                                "calls", calls));
    }
}
