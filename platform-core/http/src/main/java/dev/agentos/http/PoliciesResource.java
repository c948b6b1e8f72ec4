package dev.agentos.http;

import dev.agentos.invocation.CallScope;
import dev.agentos.invocation.checks.PolicyTrial;
import dev.agentos.kernel.Page;
import dev.agentos.policy.Policies;
import dev.agentos.policy.Policy;
import dev.agentos.policy.PolicyDocument;
import dev.agentos.policy.PolicyQuestion;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.PrincipalNames;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenancyErrorCode;
import dev.agentos.tenancy.TenantId;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.Paging;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.resources.Called;
import dev.agentos.web.resources.Preconditions;
import dev.agentos.web.resources.RecordsChanges;
import dev.agentos.web.resources.Views;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
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
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The policies of the caller's tenant, or those of the platform when an administrator names no tenant. */
@Path("policies")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
@RecordsChanges
public final class PoliciesResource {

    private final Policies policies;
    private final PolicyTrial trial;
    private final PrincipalNames names;

    @Inject
    PoliciesResource(Policies policies, PolicyTrial trial, PrincipalNames names) {
        this.policies = policies;
        this.trial = trial;
        this.names = names;
    }

    /** Lists the policies. */
    @GET
    @RequiresScope(Scope.POLICIES_READ)
    @Describes(
            id = "listPolicies",
            summary = "List the policies of the tenant, or of the platform",
            response = "PolicyPage")
    public JsonObject list(
            @Context ContainerRequestContext request,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        Paging paging = Paging.of("policies", limit, cursor);
        Page<Policy> page = paging.page(policies.list(Caller.of(request).actingFor()), Policy::name);
        Called called = authors(request, page.items());
        return paging.answer(page, one -> view(one, called));
    }

    /** Shows a policy. */
    @GET
    @Path("{name}")
    @RequiresScope(Scope.POLICIES_READ)
    @Describes(id = "getPolicy", summary = "Show a policy as it is now", response = "Policy")
    public Response find(@Context ContainerRequestContext request, @PathParam("name") String name) {
        return answer(request, policies.require(Caller.of(request).actingFor(), name));
    }

    /** Writes a policy. */
    @PUT
    @Path("{name}")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.POLICIES_WRITE)
    @Describes(
            id = "putPolicy",
            summary = "Write a policy, which becomes its next version and holds at once; takes If-Match when there is"
                    + " one",
            request = "PolicyPut",
            response = "Policy")
    public Response put(
            @Context ContainerRequestContext request,
            @PathParam("name") String name,
            @HeaderParam("If-Match") @Nullable String ifMatch,
            JsonObject body) {
        Fields fields = Fields.of(body, "PolicyPut");
        Optional<TenantId> owner = Caller.of(request).actingFor();
        boolean dryRun = fields.flag("dryRun");
        PolicyDocument document = PolicyDocument.read(document(body));
        Optional<Policy> before = found(owner, name);
        long version = before.map(Policy::version).orElse(0);
        boolean there = before.flatMap(Policy::document).isPresent();
        Optional<Long> expected =
                Preconditions.expected(ifMatch, Preconditions.etag(version), there ? version : 0, dryRun);
        long seen = expected.isPresent() && there ? expected.get() : version;
        return answer(request, policies.put(owner, name, document, seen, author(request, fields), dryRun));
    }

    /** Removes a policy. */
    @DELETE
    @Path("{name}")
    @RequiresScope(Scope.POLICIES_WRITE)
    @Describes(
            id = "deletePolicy",
            summary = "Remove a policy; its versions stay, and it can be rolled back to one. Takes If-Match",
            status = 204)
    public void delete(
            @Context ContainerRequestContext request,
            @PathParam("name") String name,
            @HeaderParam("If-Match") @Nullable String ifMatch) {
        Caller caller = Caller.of(request);
        Policy before = policies.require(caller.actingFor(), name);
        policies.delete(
                caller.actingFor(),
                name,
                Preconditions.removed(ifMatch, before.version()),
                new Policies.Author(caller.principal().id(), Optional.empty()));
    }

    /** Lists the versions of a policy. */
    @GET
    @Path("{name}/versions")
    @RequiresScope(Scope.POLICIES_READ)
    @Describes(
            id = "listPolicyVersions",
            summary = "List what a policy has said, also when it is no more",
            response = "PolicyPage")
    public JsonObject versions(
            @Context ContainerRequestContext request,
            @PathParam("name") String name,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        Paging paging = Paging.of("policy-versions", limit, cursor);
        Page<Policy> versions = policies.versions(Caller.of(request).actingFor(), name, paging.request());
        Called called = authors(request, versions.items());
        return paging.answer(versions, one -> view(one, called));
    }

    /** Goes back to a version. */
    @POST
    @Path("{name}/rollback")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.POLICIES_WRITE)
    @Describes(
            id = "rollbackPolicy",
            summary = "Write a policy as an earlier version had it, which becomes its next version",
            request = "PolicyRollback",
            response = "Policy")
    public Response rollback(
            @Context ContainerRequestContext request, @PathParam("name") String name, JsonObject body) {
        Fields fields = Fields.of(body, "PolicyRollback");
        int version = fields.integer("version", 1, Integer.MAX_VALUE)
                .orElseThrow(() -> Fields.invalid("version", "is required"));
        return answer(
                request, policies.rollback(Caller.of(request).actingFor(), name, version, author(request, fields)));
    }

    /** Asks the rules without doing anything. */
    @POST
    @Path("evaluate")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.POLICIES_READ)
    @Describes(
            id = "evaluatePolicies",
            summary =
                    "Ask what the rules come to, and why, without doing anything; also with a policy that is not kept,"
                            + " and with their checks of what is given",
            request = "PolicyQuestion",
            response = "PolicyDecision")
    public JsonObject evaluate(@Context ContainerRequestContext request, JsonObject body) {
        Fields fields = Fields.of(body, "PolicyQuestion");
        Optional<TenantId> owner = Caller.of(request).actingFor();
        PolicyQuestion question = PolicyQuestion.of(fields.requiredText("point", 50), owner, fields.object("values"));
        Optional<Policy> candidate = fields.optionalObject("policy").map(document -> {
            PolicyDocument read = PolicyDocument.read(document);
            String name = fields.text("name").orElse("candidate");
            return policies.candidate(owner, name, read, author(request, fields));
        });
        Optional<CallScope.Subject> judges = fields.flag("runJudges")
                ? Optional.of(judging(Caller.of(request).principal(), owner, fields.object("values")))
                : Optional.empty();
        return trial.evaluate(question, fields.object("values"), candidate, judges);
    }

    /** Who has judges asked spends what an execution would; who may execute some agents only, for one of those. */
    static CallScope.Subject judging(Principal who, Optional<TenantId> owner, JsonObject values) {
        TenantId tenant = owner.orElseThrow(
                () -> Fields.invalid("runJudges", "needs a tenant, on whose behalf judges are asked"));
        who.require(Scope.EXECUTIONS_WRITE);
        Reach reach = who.reach(Set.of(Scope.EXECUTIONS_WRITE));
        Optional<String> agent = reach.all() ? Optional.empty() : values.text("agent");
        if (!reach.all() && agent.filter(reach::covers).isEmpty()) {
            throw new AgentOsException(
                    TenancyErrorCode.OUT_OF_REACH,
                    "The credential executes some agents only, and judges are to be asked for another one.",
                    "Name one of those agents in values.agent, or leave 'runJudges' out.");
        }
        return new CallScope.Subject(tenant.value(), Optional.empty(), agent, Optional.of(who.id()));
    }

    private Optional<Policy> found(Optional<TenantId> owner, String name) {
        return policies.find(owner, name);
    }

    private static JsonObject document(JsonObject body) {
        Map<String, JsonValue> members = new LinkedHashMap<>(body.members());
        members.remove("note");
        members.remove("dryRun");
        return new JsonObject(members);
    }

    private static Policies.Author author(ContainerRequestContext request, Fields fields) {
        Optional<String> note = fields.text("note");
        if (note.filter(text -> text.length() > 500).isPresent()) {
            throw Fields.invalid("note", "has at most 500 characters");
        }
        return new Policies.Author(Caller.of(request).principal().id(), note);
    }

    private Response answer(ContainerRequestContext request, Policy policy) {
        return Preconditions.tagged(view(policy, authors(request, List.of(policy))), policy.version());
    }

    private Called authors(ContainerRequestContext request, List<Policy> policies) {
        return Called.of(
                names, request, policies.stream().map(policy -> policy.change().by()));
    }

    private static JsonObject view(Policy policy, Called called) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("name", policy.name());
        members.put("owner", policy.owner());
        members.put("version", policy.version());
        members.put("removed", policy.document().isEmpty());
        policy.document().ifPresent(document -> members.putAll(document.toJson().members()));
        members.put("changedAt", Views.time(policy.change().at()));
        members.put("changedBy", policy.change().by());
        policy.change().note().ifPresent(note -> members.put("note", note));
        return called.beside(Views.object(members), "changedBy");
    }
}
