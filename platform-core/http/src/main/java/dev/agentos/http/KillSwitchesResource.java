package dev.agentos.http;

import dev.agentos.http.internal.Views;
import dev.agentos.policy.KillSwitch;
import dev.agentos.policy.KillSwitches;
import dev.agentos.policy.KillTarget;
import dev.agentos.policy.KillTarget.Kind;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenancyErrorCode;
import dev.agentos.tenancy.TenantId;
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
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is stopped. An administrator of the platform stops anything, for all tenants or for the one that is named;
 * others what is within their tenant.
 */
@Path("kill-switches")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
public final class KillSwitchesResource {

    private final KillSwitches switches;

    @Inject
    KillSwitchesResource(KillSwitches switches) {
        this.switches = switches;
    }

    /** Lists what is stopped. */
    @GET
    @RequiresScope(Scope.KILL_SWITCHES_READ)
    @Describes(
            id = "listKillSwitches",
            summary = "List what is stopped for the tenant; with state=all also what was, the newest first",
            response = "KillSwitchPage")
    public JsonObject list(
            @Context ContainerRequestContext request,
            @QueryParam("state") @Nullable String state,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        Optional<TenantId> tenant = Caller.of(request).actingFor();
        if (state != null && !state.equals("all") && !state.equals("engaged")) {
            throw Fields.invalid("state", "is neither engaged nor all");
        }
        if ("all".equals(state)) {
            Paging paging = Paging.of("kill-switches", limit, cursor);
            return paging.answer(switches.history(tenant, paging.request()), KillSwitchesResource::view);
        }
        Stream<KillSwitch> engaged = switches.engaged().stream()
                .filter(one -> tenant.isEmpty()
                        || one.target().tenant().isEmpty()
                        || one.target().tenant().equals(tenant));
        return JsonObject.of("items", engaged.map(KillSwitchesResource::view).toList(), "next", JsonNull.NULL);
    }

    /** Stops everything of the platform, or of the tenant. */
    @PUT
    @Path("{kind}")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.KILL_SWITCHES_WRITE)
    @Describes(
            id = "engageKillSwitch",
            summary = "Stop the platform or the tenant: nothing starts or goes on, what runs ends, no call is made",
            request = "KillSwitchPut",
            response = "KillSwitchEngaged")
    public JsonObject engage(
            @Context ContainerRequestContext request, @PathParam("kind") String kind, JsonObject body) {
        return engage(request, kind, "", body);
    }

    /** Stops an agent, a tool, a plugin or a provider; the name of an agent has a slash. */
    @PUT
    @Path("{kind}/{name: .+}")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.KILL_SWITCHES_WRITE)
    @Describes(
            id = "engageNamedKillSwitch",
            summary = "Stop an agent, a tool, a plugin or a provider",
            request = "KillSwitchPut",
            response = "KillSwitchEngaged")
    public JsonObject engageNamed(
            @Context ContainerRequestContext request,
            @PathParam("kind") String kind,
            @PathParam("name") String name,
            JsonObject body) {
        return engage(request, kind, name, body);
    }

    private JsonObject engage(ContainerRequestContext request, String kind, String name, JsonObject body) {
        Fields fields = Fields.of(body, "KillSwitchPut");
        Caller caller = Caller.of(request);
        KillTarget target = target(caller, kind, name);
        int executions = switches.wouldStop(target);
        if (fields.flag("dryRun")) {
            return JsonObject.of("dryRun", true, "executions", executions);
        }
        KillSwitch engaged = switches.engage(target, caller.principal(), fields.requiredText("reason", 500));
        return JsonObject.of("dryRun", false, "executions", executions, "switch", view(engaged));
    }

    /** Lets the platform or the tenant go on. */
    @DELETE
    @Path("{kind}")
    @RequiresScope(Scope.KILL_SWITCHES_WRITE)
    @Describes(
            id = "liftKillSwitch",
            summary = "Let the platform or the tenant go on, for a reason",
            response = "KillSwitch")
    public JsonObject lift(
            @Context ContainerRequestContext request,
            @PathParam("kind") String kind,
            @QueryParam("reason") @Nullable String reason) {
        return liftNamed(request, kind, "", reason);
    }

    /** Lets an agent, a tool, a plugin or a provider go on. */
    @DELETE
    @Path("{kind}/{name: .+}")
    @RequiresScope(Scope.KILL_SWITCHES_WRITE)
    @Describes(
            id = "liftNamedKillSwitch",
            summary = "Let an agent, a tool, a plugin or a provider go on, for a reason",
            response = "KillSwitch")
    public JsonObject liftNamed(
            @Context ContainerRequestContext request,
            @PathParam("kind") String kind,
            @PathParam("name") String name,
            @QueryParam("reason") @Nullable String reason) {
        Caller caller = Caller.of(request);
        return view(
                switches.lift(target(caller, kind, name), caller.principal(), Objects.requireNonNullElse(reason, "")));
    }

    private static KillTarget target(Caller caller, String word, String name) {
        Kind kind = Kind.ofWord(word)
                .orElseThrow(
                        () -> Fields.invalid("kind", "is none of platform, tenant, agent, tool, plugin, provider"));
        boolean whole = kind == Kind.PLATFORM || kind == Kind.TENANT;
        if (whole != name.isEmpty()) {
            throw Fields.invalid(
                    "name", whole ? "does not go with " + word + ": name the tenant in AgentOS-Tenant" : "is missing");
        }
        if (name.length() > 200) {
            throw Fields.invalid("name", "has at most 200 characters");
        }
        if (kind == Kind.PLATFORM) {
            if (!caller.principal().platform()) {
                throw new AgentOsException(
                        TenancyErrorCode.SCOPE_MISSING,
                        "Only an administrator of the platform stops it, or lets it go on.",
                        "Stop the tenant: PUT /api/v1/kill-switches/tenant.");
            }
            return new KillTarget(kind, "", Optional.empty());
        }
        Optional<TenantId> tenant = kind == Kind.TENANT ? Optional.of(caller.tenant()) : caller.actingFor();
        return new KillTarget(kind, name, tenant);
    }

    private static JsonObject view(KillSwitch one) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("id", one.id());
        members.put("kind", one.target().kind().word());
        if (!one.target().name().isEmpty()) {
            members.put("name", one.target().name());
        }
        one.target().tenant().ifPresent(tenant -> members.put("tenant", tenant.value()));
        members.put("engaged", act(one.engaged()));
        one.lifted().ifPresent(act -> members.put("lifted", act(act)));
        return Views.object(members);
    }

    private static JsonObject act(KillSwitch.Act act) {
        return JsonObject.of("by", act.by(), "at", Views.time(act.at()), "reason", act.reason());
    }
}
