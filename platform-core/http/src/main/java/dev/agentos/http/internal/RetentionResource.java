package dev.agentos.http.internal;

import dev.agentos.kernel.Revisions;
import dev.agentos.retention.Retention;
import dev.agentos.retention.RetentionKind;
import dev.agentos.retention.RetentionRule;
import dev.agentos.retention.RetentionRules;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenantId;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.Paging;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.resources.Preconditions;
import dev.agentos.web.resources.RecordsChanges;
import dev.agentos.web.resources.Views;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** How long things of the caller's tenant are kept, or at most of any when an administrator names no tenant. */
@Path("retention")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
@RecordsChanges
public final class RetentionResource {

    private final RetentionRules rules;

    /** The resource of those rules. */
    @Inject
    public RetentionResource(Retention retention) {
        this.rules = retention.rules();
    }

    /** Lists the kinds. */
    @GET
    @RequiresScope(Scope.RETENTION_READ)
    @Describes(
            id = "listRetention",
            summary = "List for how long each kind is kept, once it is over",
            response = "RetentionPage")
    public JsonObject list(
            @Context ContainerRequestContext request,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        Optional<TenantId> tenant = Caller.of(request).actingFor();
        return Paging.of("retention", limit, cursor)
                .answer(
                        List.of(RetentionKind.values()),
                        kind -> kind.ordinal() + kind.word(),
                        kind -> view(tenant, kind, rules.find(tenant, kind)));
    }

    /** Shows one. */
    @GET
    @Path("{kind}")
    @RequiresScope(Scope.RETENTION_READ)
    @Describes(
            id = "getRetention",
            summary = "Show what is set for how long a kind is kept",
            response = "RetentionRule")
    public Response find(@Context ContainerRequestContext request, @PathParam("kind") String word) {
        Optional<TenantId> tenant = Caller.of(request).actingFor();
        RetentionKind kind = kind(word);
        return answer(tenant, kind, rules.require(tenant, kind));
    }

    /** Sets one. */
    @PUT
    @Path("{kind}")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.RETENTION_WRITE)
    @Describes(
            id = "putRetention",
            summary =
                    "Set for how long a kind is kept; what is over longer is removed within minutes. With dryRun it is"
                            + " only counted. Takes If-Match when something is set",
            request = "RetentionPut",
            response = "RetentionRule")
    public Response put(
            @Context ContainerRequestContext request,
            @PathParam("kind") String word,
            @HeaderParam("If-Match") @Nullable String ifMatch,
            JsonObject body) {
        Fields fields = Fields.of(body, "RetentionPut");
        RetentionKind kind = kind(word);
        Duration keep = keep(fields.requiredText("keep", 40));
        Caller caller = Caller.of(request);
        Optional<TenantId> tenant = caller.actingFor();
        boolean dryRun = fields.flag("dryRun");
        long seen = Preconditions.seen(ifMatch, revision(rules.find(tenant, kind)), dryRun);
        if (dryRun) {
            // For all tenants together it would take long, and tell of each.
            long removes = rules.count(caller.tenant(), kind, keep);
            return Preconditions.tagged(
                    JsonObject.of(
                            "kind", kind.word(),
                            "etag", Preconditions.etag(seen),
                            "keep", keep.toString(),
                            "removes", removes),
                    seen);
        }
        RetentionRule rule =
                rules.put(tenant, kind, keep, seen, caller.principal().id());
        return answer(tenant, kind, rule);
    }

    /** Removes one. */
    @DELETE
    @Path("{kind}")
    @RequiresScope(Scope.RETENTION_WRITE)
    @Describes(
            id = "deleteRetention",
            summary = "Keep a kind for ever, or for as long as the platform allows. Takes If-Match",
            status = 204)
    public void delete(
            @Context ContainerRequestContext request,
            @PathParam("kind") String word,
            @HeaderParam("If-Match") @Nullable String ifMatch) {
        Optional<TenantId> tenant = Caller.of(request).actingFor();
        RetentionRule before = rules.require(tenant, kind(word));
        rules.delete(tenant, before.kind(), Preconditions.removed(ifMatch, before.revision()));
    }

    private static RetentionKind kind(String word) {
        return RetentionKind.ofWord(word)
                .orElseThrow(() -> Fields.invalid("kind", "is none of executions, sessions, approvals, usage"));
    }

    private static Duration keep(String text) {
        try {
            Duration keep = Duration.parse(text);
            if (keep.compareTo(RetentionRules.SHORTEST) >= 0 && keep.compareTo(RetentionRules.LONGEST) <= 0) {
                return keep.truncatedTo(java.time.temporal.ChronoUnit.SECONDS);
            }
        } catch (DateTimeException e) {
            throw Fields.invalid("keep", "is not a duration of ISO 8601, as in P30D or PT12H");
        }
        throw Fields.invalid("keep", "is not between an hour and a hundred years");
    }

    private static long revision(Optional<RetentionRule> rule) {
        return rule.map(RetentionRule::revision).orElse(Revisions.NONE);
    }

    private Response answer(Optional<TenantId> tenant, RetentionKind kind, RetentionRule own) {
        return Preconditions.tagged(view(tenant, kind, Optional.of(own)), own.revision());
    }

    private JsonObject view(Optional<TenantId> tenant, RetentionKind kind, Optional<RetentionRule> own) {
        Optional<RetentionRule> longest = tenant.isEmpty() ? own : rules.find(Optional.empty(), kind);
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("kind", kind.word());
        members.put("etag", Preconditions.etag(revision(own)));
        own.ifPresent(rule -> members.put("keep", rule.keep().toString()));
        longest.ifPresent(rule -> members.put("longest", rule.keep().toString()));
        Stream.concat(own.stream(), longest.stream())
                .map(RetentionRule::keep)
                .min(Duration::compareTo)
                .ifPresent(keep -> members.put("inForce", keep.toString()));
        own.ifPresent(rule -> {
            members.put("changedBy", rule.by());
            members.put("changedAt", Views.time(rule.at()));
        });
        return Views.object(members);
    }
}
