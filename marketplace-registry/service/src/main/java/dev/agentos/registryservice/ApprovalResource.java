package dev.agentos.registryservice;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.policy.Approval;
import dev.agentos.policy.Approvals;
import dev.agentos.policy.PolicyErrorCode;
import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.registrymodel.Release;
import dev.agentos.registryservice.RegistryPeople.Person;
import dev.agentos.registryservice.RegistryPeople.Right;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.Principal;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What people of a registry are asked to agree to. Who may review sees all of it; who publishes, what is their own. */
final class ApprovalResource {

    private static final int LONGEST_BODY = 64 * 1024;
    private static final int LONGEST_REASON = 500;

    private final RegistryService service;

    ApprovalResource(RegistryService service) {
        this.service = service;
    }

    /** Those that the person sees, the newest first. */
    JsonObject list(Person who, Optional<String> state, PageRequest request) {
        Optional<Approval.State> wanted = state.map(word -> Stream.of(Approval.State.values())
                .filter(one -> one.name().equals(word))
                .findFirst()
                .orElseThrow(() -> new AgentOsException(
                        RegistryErrorCode.INVALID_QUERY,
                        "There is no state '" + word + "' of approvals.",
                        "Use PENDING, APPROVED, REJECTED or EXPIRED.")));
        Page<ApprovalFile> page = service.waiting().list(one -> sees(who, one), wanted, request);
        return JsonObject.of(
                "items",
                page.items().stream().map(this::view).toList(),
                "next",
                page.next().orElse(null));
    }

    /** One that was just asked, for who wants it. */
    JsonObject find(Approval asked) {
        return view(
                service.waiting().find(asked.id()).orElseGet(() -> new ApprovalFile(asked, false, Optional.empty())));
    }

    JsonObject find(Person who, String id) {
        return view(require(who, id));
    }

    /** The JAR that waits; the caller closes the stream. */
    InputStream jar(Person who, String id) {
        return service.waiting().open(require(who, id).approval());
    }

    JsonObject approve(Person who, String id, InputStream body) throws IOException {
        who.require(Right.REVIEW);
        require(who, id);
        Approvals.Ballot ballot = ballot(who, body);
        service.waiting().approvals().approve(Optional.empty(), id, ballot, Optional.empty());
        return find(who, id);
    }

    /** Refuses; whoever wanted it may take it back so. */
    JsonObject reject(Person who, String id, InputStream body) throws IOException {
        require(who, id);
        Approvals.Ballot ballot = ballot(who, body);
        service.waiting().approvals().reject(Optional.empty(), id, ballot);
        return find(who, id);
    }

    private ApprovalFile require(Person who, String id) {
        return service.waiting()
                .find(id)
                .filter(one -> sees(who, one.approval()))
                .orElseThrow(() -> new AgentOsException(
                        PolicyErrorCode.UNKNOWN_APPROVAL,
                        "The registry has no approval '" + id + "' for you.",
                        "List them: GET /v1/approvals."));
    }

    private static boolean sees(Person who, Approval approval) {
        return who.may(Right.REVIEW)
                || approval.asked().startedBy().filter(who.name()::equals).isPresent();
    }

    private static Approvals.Ballot ballot(Person who, InputStream body) throws IOException {
        byte[] bytes = body.readNBytes(LONGEST_BODY + 1);
        if (bytes.length > LONGEST_BODY) {
            throw new AgentOsException(
                    RegistryErrorCode.TOO_LARGE, "The decision is longer than 64 KiB.", "Send 'nonce' and 'reason'.");
        }
        JsonObject json = Json.parseObject(new ByteArrayInputStream(bytes));
        for (String name : json.members().keySet()) {
            if (!Set.of("nonce", "reason").contains(name)) {
                throw invalid(KernelErrorCode.UNKNOWN_FIELD, name, "is not a part of a decision");
            }
        }
        Optional<String> reason = json.text("reason");
        if (json.member("reason").isPresent() && reason.isEmpty()
                || reason.filter(text -> text.length() > LONGEST_REASON).isPresent()) {
            throw invalid(KernelErrorCode.INVALID_FIELD, "reason", "is a text of at most 500 characters");
        }
        String nonce = json.text("nonce")
                .orElseThrow(() -> invalid(KernelErrorCode.INVALID_FIELD, "nonce", "is a text, and has to be there"));
        return new Approvals.Ballot(new Principal(who.name(), who.name(), Optional.empty(), Set.of()), nonce, reason);
    }

    private static InvalidInputException invalid(KernelErrorCode code, String name, String what) {
        return InvalidInputException.of(
                code,
                "/" + InvalidInputException.Fault.escape(name),
                "'" + name + "' " + what + ".",
                "Send {\"nonce\": \"…\"} of what you have seen, and 'reason' if you like.");
    }

    private JsonObject view(ApprovalFile file) {
        Approval approval = file.approval();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("id", approval.id());
        members.put("state", approval.state().name());
        members.put("kind", approval.asked().kind());
        members.put("name", approval.asked().name());
        members.put("arguments", approval.arguments());
        members.put("digest", approval.asked().digest());
        members.put("nonce", approval.standing().nonce());
        members.put("rule", approval.rule());
        members.put("risk", approval.terms().risk());
        members.put("people", approval.terms().people());
        members.put(
                "votes",
                approval.standing().votes().stream().map(Approval.Vote::toJson).toList());
        approval.asked().startedBy().ifPresent(by -> members.put("startedBy", by));
        members.put("createdAt", approval.times().createdAt().toString());
        members.put("expiresAt", approval.times().expiresAt().toString());
        approval.times().decidedAt().ifPresent(at -> members.put("decidedAt", at.toString()));
        service.release(WaitingReleases.sha512(approval))
                .map(Release::toJson)
                .ifPresent(release -> members.put("release", release));
        file.failure().ifPresent(failure -> members.put("failure", failure));
        return (JsonObject) JsonValue.of(members);
    }
}
