package dev.agentos.http;

import dev.agentos.agents.AgentAccess;
import dev.agentos.graph.ExecutionId;
import dev.agentos.policy.Approval;
import dev.agentos.policy.Approvals;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.ApiKeys;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.PrincipalNames;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenantId;
import dev.agentos.tenancy.Users;
import dev.agentos.web.AuditFeature;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.Paging;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.resources.Views;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What people of the caller's tenant are asked to agree to. */
@Path("approvals")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
public final class ApprovalsResource {

    private final Approvals approvals;
    private final AgentAccess access;
    private final ApiKeys apiKeys;
    private final Users users;
    private final PrincipalNames names;

    @Inject
    ApprovalsResource(Approvals approvals, AgentAccess access, ApiKeys apiKeys, Users users, PrincipalNames names) {
        this.names = names;
        this.access = access;
        this.approvals = approvals;
        this.apiKeys = apiKeys;
        this.users = users;
    }

    /** Lists the approvals. */
    @GET
    @RequiresScope(Scope.APPROVALS_READ)
    @Describes(
            id = "listApprovals",
            summary = "List what people are asked to agree to, or were; 'state' as in PENDING",
            response = "ApprovalPage")
    public JsonObject list(
            @Context ContainerRequestContext request,
            @QueryParam("state") @Nullable String state,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        Optional<Approval.State> wanted = Optional.ofNullable(state)
                .map(word -> Stream.of(Approval.State.values())
                        .filter(one -> one.name().equals(word))
                        .findFirst()
                        .orElseThrow(() ->
                                Fields.invalid("state", "is none of PENDING, APPROVED, REJECTED, EXPIRED, WITHDRAWN")));
        Paging paging = Paging.of("approvals", limit, cursor);
        Caller caller = Caller.of(request);
        return paging.answer(
                AgentAccess.page(
                        paging.request(),
                        part -> approvals.list(owner(caller), caller.principal().platform(), wanted, part),
                        approval -> reached(approval, Caller.reach(request)),
                        Approval::id),
                ApprovalsResource::view);
    }

    /** Shows an approval. */
    @GET
    @Path("{id}")
    @RequiresScope(Scope.APPROVALS_READ)
    @Describes(
            id = "getApproval",
            summary = "Show what is to be done, whole, with the nonce that a decision names",
            response = "Approval")
    public JsonObject find(@Context ContainerRequestContext request, @PathParam("id") String id) {
        return shown(request, require(request, id));
    }

    /** Agrees. */
    @POST
    @Path("{id}/approve")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.APPROVALS_DECIDE)
    @Describes(
            id = "approve",
            summary = "Agree to what was shown, or to other arguments; the execution goes on at once",
            request = "ApprovalApprove",
            response = "Approval")
    public JsonObject approve(@Context ContainerRequestContext request, @PathParam("id") String id, JsonObject body) {
        Approval before = require(request, id);
        Fields fields = Fields.of(body, "ApprovalApprove");
        Approval after =
                approvals.approve(before.tenant(), id, ballot(request, fields), fields.optionalObject("arguments"));
        if (!after.changes().isEmpty()) {
            // Where, and by the digests what; values would stay for ever in a record that nobody can change.
            AuditFeature.say(
                    request,
                    "changed",
                    after.changes().stream()
                            .map(change -> change.text("op").orElse("") + " "
                                    + change.text("pointer").orElse(""))
                            .collect(Collectors.joining(", ")));
            AuditFeature.say(request, "askedDigest", after.asked().digest());
        }
        if (after.asked().kind().equals(Approval.BUDGET)) {
            AuditFeature.say(request, "budget", after.asked().name());
            AuditFeature.say(request, "bucket", after.arguments().text("bucket").orElse(""));
            AuditFeature.say(
                    request,
                    "amount",
                    after.arguments()
                            .object("amount")
                            .map(ApprovalsResource::amount)
                            .orElse(""));
        }
        AuditFeature.say(request, "digest", after.asked().digest(after.arguments()));
        return shown(request, after);
    }

    /** Refuses. */
    @POST
    @Path("{id}/reject")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.APPROVALS_DECIDE)
    @Describes(
            id = "reject",
            summary = "Refuse what was shown, once and for all",
            request = "ApprovalReject",
            response = "Approval")
    public JsonObject reject(@Context ContainerRequestContext request, @PathParam("id") String id, JsonObject body) {
        Approval before = require(request, id);
        Fields fields = Fields.of(body, "ApprovalReject");
        return shown(request, approvals.reject(before.tenant(), id, ballot(request, fields)));
    }

    /** Leaves the decision to somebody. */
    @POST
    @Path("{id}/delegate")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.APPROVALS_DECIDE)
    @Describes(
            id = "delegate",
            summary = "Leave the decision to one principal, or to the members of a group; they alone may decide then",
            request = "ApprovalDelegate",
            response = "Approval")
    public JsonObject delegate(@Context ContainerRequestContext request, @PathParam("id") String id, JsonObject body) {
        Approval approval = require(request, id);
        Fields fields = Fields.of(body, "ApprovalDelegate");
        Optional<TenantId> tenant = approval.tenant();
        String to = fields.requiredText("to", 100);
        if (to.startsWith(Approval.GROUP)) {
            String group = to.substring(Approval.GROUP.length());
            requireSomebody(approval, group);
            return shown(request, approvals.delegateToGroup(tenant, id, ballot(request, fields), group));
        }
        Principal decider = users.principal(tenant, to)
                .or(() -> apiKeys.principal(tenant, to))
                .filter(principal -> decides(approval, principal))
                .orElseThrow(() -> Fields.invalid(
                        "to", "is the id of no user or key of this tenant with the scope approvals:decide"));
        return shown(request, approvals.delegate(tenant, id, ballot(request, fields), decider));
    }

    /** A decision that nobody could take would be a refusal in disguise. */
    private void requireSomebody(Approval approval, String group) {
        boolean somebody = approval.tenant().stream()
                .flatMap(tenant -> users.groups().list(tenant).stream())
                .filter(one -> one.name().equals(group))
                .flatMap(one -> one.members().stream())
                .filter(member -> !approvals.began(approval, member))
                .flatMap(member -> users.principal(approval.tenant(), member).stream())
                .anyMatch(member -> decides(approval, member));
        if (!somebody) {
            throw Fields.invalid(
                    "to",
                    "names no group of this tenant with a member who has the scope approvals:decide and did not begin"
                            + " the execution");
        }
    }

    private boolean decides(Approval approval, Principal principal) {
        return principal.scopes().contains(Scope.APPROVALS_DECIDE)
                && reached(approval, principal.reach(Set.of(Scope.APPROVALS_DECIDE)));
    }

    /** Lets others decide. */
    @POST
    @Path("{id}/escalate")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.APPROVALS_DECIDE)
    @Describes(
            id = "escalate",
            summary = "Let those decide whom the rule names for that, or else owners; the deadline stays",
            request = "ApprovalEscalate",
            response = "Approval")
    public JsonObject escalate(@Context ContainerRequestContext request, @PathParam("id") String id, JsonObject body) {
        Approval before = require(request, id);
        Fields fields = Fields.of(body, "ApprovalEscalate");
        Approval after = approvals.escalate(before.tenant(), id, ballot(request, fields));
        AuditFeature.say(request, "escalatedTo", after.deciders().orElse(""));
        return shown(request, after);
    }

    /**
     * An approval of what is done by an agent or a graph that the caller reaches; an administrator of the platform
     * reaches the platform's, too.
     */
    private Approval require(ContainerRequestContext request, String id) {
        Caller caller = Caller.of(request);
        Optional<TenantId> tenant = owner(caller);
        Approval approval = approvals
                .find(tenant, id)
                .or(() -> caller.principal().platform() ? approvals.find(Optional.empty(), id) : Optional.empty())
                .orElseThrow(() -> Approvals.unknown(id));
        if (!reached(approval, Caller.reach(request))) {
            throw Approvals.unknown(id);
        }
        return approval;
    }

    private boolean reached(Approval approval, Reach reach) {
        return reach.all()
                || !approval.asked().kind().equals(Approval.PLUGIN)
                        && access.reaches(
                                approval.tenant().orElseThrow(),
                                reach,
                                new ExecutionId(approval.asked().execution()));
    }

    /** Empty for the platform's own. */
    private static Optional<TenantId> owner(Caller caller) {
        return caller.principal().platform() ? caller.actingFor() : Optional.of(caller.tenant());
    }

    private static Approvals.Ballot ballot(ContainerRequestContext request, Fields fields) {
        Optional<String> reason = fields.text("reason");
        if (reason.filter(text -> text.length() > 500).isPresent()) {
            throw Fields.invalid("reason", "has at most 500 characters");
        }
        return new Approvals.Ballot(Caller.of(request).principal(), fields.requiredText("nonce", 100), reason);
    }

    private static String amount(JsonObject amount) {
        return amount.number("tokens")
                .map(tokens -> tokens + " tokens")
                .orElseGet(() -> amount.text("amount").orElse("") + " "
                        + amount.text("currency").orElse(""));
    }

    /** One approval, with what those are called whom it names by their ids. */
    private JsonObject shown(ContainerRequestContext request, Approval approval) {
        Stream<String> ids = Stream.of(
                        approval.asked().startedBy().stream(),
                        approval.standing().assignee().stream(),
                        approval.deciders().stream(),
                        approval.standing().votes().stream().map(Approval.Vote::by))
                .flatMap(some -> some);
        Map<String, Object> called =
                new LinkedHashMap<>(names.of(Caller.of(request).principal(), approval.tenant(), ids));
        return view(approval).with("names", Views.object(called));
    }

    private static JsonObject view(Approval approval) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("id", approval.id());
        members.put("state", approval.state().name());
        boolean plugin = approval.asked().kind().equals(Approval.PLUGIN);
        if (!approval.asked().execution().isEmpty()) {
            members.put(plugin ? "operation" : "execution", approval.asked().execution());
        }
        members.put("kind", approval.asked().kind());
        members.put("name", approval.asked().name());
        members.put("arguments", approval.arguments());
        approval.standing().proposed().ifPresent(edited -> {
            members.put("asked", approval.asked().arguments());
            members.put("changes", approval.changes());
        });
        members.put("digest", approval.asked().digest(approval.arguments()));
        members.put("nonce", approval.standing().nonce());
        members.put("rule", approval.rule());
        members.put("risk", approval.terms().risk());
        members.put("people", approval.terms().people());
        members.put(
                "votes",
                approval.standing().votes().stream()
                        .map(ApprovalsResource::vote)
                        .toList());
        approval.standing().assignee().ifPresent(assignee -> members.put("assignee", assignee));
        if (!approval.terms().chain().isEmpty()) {
            members.put("chain", approval.terms().chain());
        }
        if (approval.state() == Approval.State.PENDING) {
            approval.deciders().ifPresent(deciders -> members.put("deciders", deciders));
        }
        approval.standing().escalated().ifPresent(to -> members.put("escalatedTo", to));
        Views.putTime(members, "escalatesAt", approval.standing().escalatesAt());
        approval.asked().startedBy().ifPresent(principal -> members.put("startedBy", principal));
        members.put("createdAt", Views.time(approval.times().createdAt()));
        members.put("expiresAt", Views.time(approval.times().expiresAt()));
        Views.putTime(members, "decidedAt", approval.times().decidedAt());
        return Views.object(members);
    }

    private static JsonValue vote(Approval.Vote vote) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("by", vote.by());
        members.put("agreed", vote.agreed());
        vote.reason().ifPresent(reason -> members.put("reason", reason));
        members.put("at", Views.time(vote.at()));
        return Views.object(members);
    }
}
