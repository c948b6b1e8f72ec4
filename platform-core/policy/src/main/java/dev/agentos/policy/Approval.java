package dev.agentos.policy;

import dev.agentos.kernel.Digests;
import dev.agentos.kernel.Json;
import dev.agentos.policy.internal.ArgumentChange;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.TenantId;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What people are asked to agree to before it is done, and what came of it.
 *
 * @param id {@code apr_…}; also the id of the interrupt by which the execution waits
 * @param tenant whose it is; the platform's when empty
 * @param asked what is to be done
 * @param rule which rule asks, as {@link Decision.Match} tells it
 * @param terms who has to agree, and until when
 * @param state what came of it
 * @param standing who has said what so far
 * @param revision grows with each change
 * @param times when what happened
 */
public record Approval(
        String id,
        Optional<TenantId> tenant,
        Asked asked,
        JsonObject rule,
        ApprovalTerms terms,
        State state,
        Standing standing,
        long revision,
        Times times) {

    /** Before the name of a group to which a decision is left. */
    public static final String GROUP = "group:";

    /** The kind of what goes beyond a budget; its arguments name the amount, and nobody edits them. */
    public static final String BUDGET = "budget";

    /** The kind of a change of a plugin; what waits is an operation, or whoever asks again. Nobody edits it. */
    public static final String PLUGIN = "plugin";

    /** The kind of a call of a model, of which people see the beginning; what is sent is what was asked. */
    public static final String MODEL = "model";

    private static final int LARGEST_ARGUMENTS = 1 << 20;

    /** What came of it; all but the first are final. */
    public enum State {
        PENDING,
        APPROVED,
        REJECTED,
        /** Nobody decided in time, which counts as refused. */
        EXPIRED,
        /** The execution ended without it. */
        WITHDRAWN
    }

    /**
     * What is to be done.
     *
     * @param execution which waits, or the operation; empty when nothing does and it is asked for again
     * @param effect the same for each attempt of the effect
     * @param kind {@code tool}, {@code model}, {@code budget} or {@code plugin}
     * @param name of that
     * @param arguments whole, as they are to be used
     * @param startedBy the id of the principal that began the execution, who cannot agree
     */
    public record Asked(
            String execution,
            String effect,
            String kind,
            String name,
            JsonObject arguments,
            Optional<String> startedBy) {

        /** The same once more, beside what was agreed to on terms that do not do any more. */
        Asked again() {
            return new Asked(execution, effect + " again", kind, name, arguments, startedBy);
        }

        /** Refuses what is too large to be shown to people, and to be kept until they have looked at it. */
        Asked shown() {
            Approval.shown(arguments);
            return this;
        }

        /** What is agreed to, and nothing else. */
        public String digest() {
            return digest(arguments);
        }

        /** The same for other arguments. */
        public String digest(JsonObject others) {
            return Digests.sha256(Json.write(sorted(JsonObject.of("kind", kind, "name", name, "arguments", others)))
                    .getBytes(StandardCharsets.UTF_8));
        }

        private static JsonValue sorted(JsonValue value) {
            if (value instanceof JsonObject object) {
                Map<String, JsonValue> members = new TreeMap<>();
                object.members().forEach((name, member) -> members.put(name, sorted(member)));
                return new JsonObject(members);
            }
            return value;
        }
    }

    /**
     * Who has said what so far.
     *
     * @param nonce of this standing: who decides names it, so that nobody agrees to what he has not seen
     * @param votes of those that agreed to the arguments as they are proposed, or the one that refused
     * @param proposed the arguments as somebody has edited them; empty for those that were asked
     * @param assignee to whom the next decision was left: the id of a principal, or {@code group:NAME}
     * @param escalated who decides since it was escalated, as {@link ApprovalTerms} names them
     * @param escalatesAt when it is escalated by itself; empty for never, or when it was
     */
    public record Standing(
            String nonce,
            List<Vote> votes,
            Optional<JsonObject> proposed,
            Optional<String> assignee,
            Optional<String> escalated,
            Optional<Instant> escalatesAt) {
        public Standing {
            votes = List.copyOf(votes);
        }
    }

    /**
     * What somebody said.
     *
     * @param by the id of the principal
     * @param agreed whether it may be done
     * @param reason why
     * @param at when
     * @param escalated whose decision it was since it was escalated, as {@link ApprovalTerms} names them; empty when it
     *     was that of those who are asked first
     */
    public record Vote(String by, boolean agreed, Optional<String> reason, Instant at, Optional<String> escalated) {

        /** As it is told and kept. */
        public JsonObject toJson() {
            JsonObject said = JsonObject.of("by", by, "agreed", agreed, "at", at.toString());
            JsonObject why = reason.map(text -> said.with("reason", new JsonString(text)))
                    .orElse(said);
            return escalated
                    .map(to -> why.with("escalated", new JsonString(to)))
                    .orElse(why);
        }

        /** The vote that was kept as that; one of an earlier release does not say whether it was escalated. */
        public static Vote of(JsonObject kept) {
            return new Vote(
                    kept.text("by").orElse(""),
                    kept.bool("agreed").orElse(false),
                    kept.text("reason"),
                    kept.text("at").map(at -> Instant.parse(at)).orElse(Instant.EPOCH),
                    kept.text("escalated"));
        }
    }

    /** When it was asked, when it expires, and when it was decided. */
    public record Times(Instant createdAt, Instant expiresAt, Optional<Instant> decidedAt) {}

    /** The arguments as they are proposed now, which are those that run when it is approved. */
    public JsonObject arguments() {
        return standing.proposed().orElse(asked.arguments());
    }

    /** Fails with {@code policy:ARGUMENTS_TOO_LARGE} when people cannot be asked about those. */
    static JsonObject shown(JsonObject arguments) {
        if (Json.exceeds(arguments, LARGEST_ARGUMENTS)) {
            throw new AgentOsException(
                    PolicyErrorCode.ARGUMENTS_TOO_LARGE,
                    "A person has to agree to this, and its arguments take more than " + LARGEST_ARGUMENTS
                            + " bytes, which nobody could look through.",
                    "Keep what is large in a file, and its name in the arguments.");
        }
        return arguments;
    }

    /** Whether it is to be escalated by then. */
    boolean due(Instant now) {
        return state == State.PENDING
                && standing.escalatesAt().filter(at -> !at.isAfter(now)).isPresent();
    }

    /** Whether there is something to be told to whoever waits. */
    boolean tells() {
        return state != State.PENDING || standing.escalated().isPresent();
    }

    /** What somebody has edited: each place as {@code op}, {@code pointer}, {@code before}, {@code after}. */
    public List<JsonObject> changes() {
        return standing.proposed().stream()
                .flatMap(proposed -> ArgumentChange.between(asked.arguments(), proposed).stream())
                .map(ArgumentChange::toJson)
                .toList();
    }

    /**
     * Who alone may take the next decision: the id of a principal, {@code role:NAME} or {@code group:NAME}. Anybody
     * with the right when empty.
     */
    public Optional<String> deciders() {
        return standing.assignee().or(this::audience);
    }

    /** Whether other arguments may be agreed to than those that were asked. */
    boolean editable() {
        return !Set.of(BUDGET, PLUGIN, MODEL).contains(asked.kind());
    }

    /** Why nothing came of it, as in {@code was refused by key_1: Not now}. */
    public String refusal() {
        if (state != State.REJECTED || standing.votes().isEmpty()) {
            return "was not agreed to in time";
        }
        Vote vote = standing.votes().getFirst();
        return "was refused by " + vote.by()
                + vote.reason().map(reason -> ": " + reason).orElse("");
    }

    /** What was agreed to: what was asked, unless somebody has edited it. */
    String agreedDigest() {
        return asked.digest(arguments());
    }

    /**
     * Whether all have agreed whom those terms want, when it is approved. Whom it was escalated to, at any step, speaks
     * for nobody whom they would not escalate it to.
     */
    public boolean covers(ApprovalTerms wanted) {
        return terms.cover(wanted)
                && Stream.concat(
                                standing.escalated().stream(),
                                standing.votes().stream().flatMap(vote -> vote.escalated().stream()))
                        .allMatch(wanted.escalatesTo()::equals);
    }

    /** The same, whomever it was left to. */
    Optional<String> audience() {
        int step = standing.votes().size();
        return standing.escalated()
                .or(() ->
                        step < terms.chain().size() ? Optional.of(terms.chain().get(step)) : Optional.empty());
    }

    /** The same when nobody of those who are asked has decided. */
    Approval escalated(String nonce) {
        return changed(
                State.PENDING,
                new Standing(
                        nonce,
                        standing.votes(),
                        standing.proposed(),
                        Optional.empty(),
                        Optional.of(terms.escalatesTo()),
                        Optional.empty()),
                Optional.empty());
    }

    Approval changed(State next, Standing now, Optional<Instant> decidedAt) {
        return new Approval(
                id,
                tenant,
                asked,
                rule,
                terms,
                next,
                now,
                revision + 1,
                new Times(times.createdAt(), times.expiresAt(), decidedAt));
    }
}
