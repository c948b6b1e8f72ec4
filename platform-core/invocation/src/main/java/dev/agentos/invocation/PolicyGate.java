package dev.agentos.invocation;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.agentos.kernel.Digests;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.pluginruntime.PluginVersion;
import dev.agentos.policy.Approval;
import dev.agentos.policy.Approvals;
import dev.agentos.policy.Decision;
import dev.agentos.policy.GateRecordStore;
import dev.agentos.policy.MemoryApprovalStore;
import dev.agentos.policy.MemoryPolicyStore;
import dev.agentos.policy.Policies;
import dev.agentos.policy.PolicyErrorCode;
import dev.agentos.policy.PolicyPoint;
import dev.agentos.policy.PolicyQuestion;
import dev.agentos.policy.RuleEffect;
import dev.agentos.redaction.ChatRedaction;
import dev.agentos.redaction.Redactions;
import dev.agentos.redaction.Redactor;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.Content;
import dev.agentos.spi.EmbeddingRequest;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.Message;
import dev.agentos.spi.ToolDescription;
import dev.agentos.tenancy.TenantId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Asks the rules before a tool or a model is called, and people where the rules want it. Every call passes
 * {@link #require}, whoever makes it; a node that can wait asks {@link #clear} before, which also asks people.
 */
public final class PolicyGate {

    private static final int LONGEST_TEXT = 100_000;
    private static final int LONGEST_OUTPUT = 1_000_000;
    private static final int LONGEST_SHOWN = 4_000;
    private static final long FIRST_PAUSE = 10;
    private static final int MOST_DOUBLINGS = 5;
    private static final Duration TOLD = Duration.ofMinutes(1);

    private final Policies policies;
    private final Approvals approvals;
    private final Redactions redactions;
    private final GateChecks checks;
    private final InstantSource clock;
    private final Cache<String, Boolean> told =
            Caffeine.newBuilder().maximumSize(10_000).expireAfterWrite(TOLD).build();

    /** A gate of those rules and approvals, and what rules replace. */
    public PolicyGate(
            Policies policies,
            Approvals approvals,
            Redactions redactions,
            GateRecordStore records,
            InstantSource clock) {
        this.policies = policies;
        this.approvals = approvals;
        this.redactions = redactions;
        this.checks = new GateChecks(records, clock);
        this.clock = clock;
    }

    /** A gate without rules, for a runtime without a database. */
    public static PolicyGate open() {
        InstantSource clock = InstantSource.system();
        return new PolicyGate(
                new Policies(new MemoryPolicyStore(), clock),
                new Approvals(new MemoryApprovalStore(), Ids.system(), clock),
                Redactions.inMemory(),
                GateRecordStore.inMemory(),
                clock);
    }

    /** What a node may do. */
    public sealed interface Clearance {

        /**
         * It may make the call.
         *
         * @param arguments with these, which a person may have edited
         */
        record Given(JsonObject arguments) implements Clearance {}

        /**
         * It has to wait.
         *
         * @param approval for that
         */
        record Awaited(Approval approval) implements Clearance {}
    }

    /**
     * A call that is about to be made.
     *
     * @param scope on whose behalf
     * @param caller the id of the plugin that makes it; empty when a node does
     * @param point where it is asked
     * @param kind {@code tool} or {@code model}
     * @param name of the tool or model
     * @param plugin the version that is called
     * @param arguments whole, as people would be shown them, with what is to be replaced in texts; asked for only when
     *     they are
     * @param values of the point's own variables
     */
    record Call(
            CallScope scope,
            Optional<String> caller,
            PolicyPoint point,
            String kind,
            String name,
            PluginVersion plugin,
            Function<UnaryOperator<String>, JsonObject> arguments,
            Supplier<Map<String, Object>> values) {

        static Call ofTool(
                CallScope scope,
                Optional<String> caller,
                PluginVersion plugin,
                ToolDescription tool,
                JsonObject arguments) {
            return new Call(
                    scope,
                    caller,
                    PolicyPoint.TOOL,
                    PolicyPoint.TOOL.word(),
                    tool.name(),
                    plugin,
                    same -> arguments,
                    () -> Map.of(
                            "tool",
                            JsonObject.of(
                                    "name", tool.name(), "effect", tool.effect().name(), "arguments", arguments),
                            "caller",
                            caller.orElse("")));
        }

        static Call ofChat(CallScope scope, Optional<String> caller, PluginVersion plugin, ChatRequest request) {
            return ofModel(
                    scope,
                    caller,
                    plugin,
                    request.model(),
                    request::toString,
                    () -> request.messages().stream().map(PolicyGate::text).collect(Collectors.joining("\n")),
                    JsonObject.of(
                            "messages", request.messages().size(),
                            "tools",
                                    request.tools().stream()
                                            .map(ToolDescription::name)
                                            .toList(),
                            "maxOutputTokens",
                                    request.options().maxOutputTokens().orElse(0)));
        }

        static Call ofEmbedding(
                CallScope scope, Optional<String> caller, PluginVersion plugin, EmbeddingRequest request) {
            return ofModel(
                    scope,
                    caller,
                    plugin,
                    request.model(),
                    request::toString,
                    () -> String.join("\n", request.texts()),
                    JsonObject.of("messages", request.texts().size(), "tools", List.of(), "maxOutputTokens", 0));
        }

        private static Call ofModel(
                CallScope scope,
                Optional<String> caller,
                PluginVersion plugin,
                String model,
                Supplier<String> whole,
                Supplier<String> text,
                JsonObject request) {
            return new Call(
                    scope,
                    caller,
                    PolicyPoint.MODEL,
                    PolicyPoint.MODEL.word(),
                    model,
                    plugin,
                    replacing -> JsonObject.of(
                            "model", model,
                            "text", cut(replacing.apply(text.get()), LONGEST_SHOWN),
                            "digest", Digests.sha256(whole.get().getBytes(StandardCharsets.UTF_8))),
                    () -> {
                        String said = text.get();
                        return Map.of(
                                "model",
                                JsonObject.of(
                                        "name",
                                        model,
                                        "provider",
                                        ModelName.of(model).provider()),
                                "request",
                                request.with("text", new JsonString(cut(said, LONGEST_TEXT)))
                                        .with("characters", said.length()));
                    });
        }

        /** What is asked about what it gives, before anybody knows that. */
        Call output() {
            return answered("", JsonObject.EMPTY, false);
        }

        /**
         * The same when it has given that.
         *
         * @param given whole, to be checked: a tool's {@code value}, or a model's {@code text} and what it has
         *     {@code asked} of tools
         */
        Call answered(String text, JsonObject given, boolean failed) {
            return new Call(scope, caller, PolicyPoint.OUTPUT, kind, name, plugin, same -> given, () -> {
                boolean tool = kind.equals(PolicyPoint.TOOL.word());
                return Map.of(
                        "output",
                        JsonObject.of(
                                "kind",
                                kind,
                                "text",
                                cut(text, LONGEST_OUTPUT),
                                "characters",
                                text.length(),
                                "failed",
                                failed),
                        "model",
                        JsonObject.of(
                                "name",
                                tool ? "" : name,
                                "provider",
                                tool ? "" : ModelName.of(name).provider()),
                        "tool",
                        JsonObject.of("name", tool ? name : "", "effect", tool ? effect() : ""));
            });
        }

        private String effect() {
            return values.get().get("tool") instanceof JsonObject tool
                    ? tool.text("effect").orElse("")
                    : "";
        }

        PolicyQuestion question() {
            CallScope.Subject subject = scope.subject();
            Map<String, String> names = new HashMap<>();
            names.put(kind, name);
            names.put("plugin", plugin.plugin());
            names.put("agent", subject.agent().orElse(""));
            return new PolicyQuestion(point, Optional.of(tenant()), names, () -> {
                Map<String, Object> all = new HashMap<>(values.get());
                all.put("plugin", JsonObject.of("id", plugin.plugin(), "version", plugin.version()));
                all.put("principal", subject.principal().orElse(""));
                all.put("execution", subject.execution().orElse(""));
                return (JsonObject) JsonValue.of(all);
            });
        }

        private TenantId tenant() {
            return new TenantId(scope.tenant());
        }

        private Approval.Asked asked(String execution, UnaryOperator<String> replacing) {
            return new Approval.Asked(
                    execution,
                    scope.idempotencyKey(),
                    point.word(),
                    name,
                    arguments.apply(replacing),
                    scope.subject().principal());
        }

        String about() {
            return point.word() + " " + name;
        }

        private String named() {
            String what = "the " + kind + " '" + name + "'";
            return point == PolicyPoint.OUTPUT ? "what " + what + " gave" : what;
        }
    }

    /**
     * Asks for a node, which waits when people are to be asked.
     *
     * @throws AgentOsException {@code policy:DENIED} or {@code policy:REJECTED}
     */
    Clearance clear(Call call) {
        Decision decision = decide(call);
        if (decision.effect() != RuleEffect.REQUIRE_APPROVAL
                || call.scope().execution().isEmpty()) {
            pass(call, decision);
            return new Clearance.Given(call.arguments().apply(UnaryOperator.identity()));
        }
        Optional<Redactor> redactor = redactor(call, decision);
        Approval.Asked asked = call.asked(call.scope().execution().get(), replacing(redactor));
        redactor.ifPresent(one -> redactions.keep(call.scope().tenant(), one));
        Approval approval =
                approvals.ask(call.tenant(), asked, decision.deciding().orElseThrow());
        return switch (approval.state()) {
            case APPROVED -> new Clearance.Given(approval.arguments());
            case PENDING -> new Clearance.Awaited(approval);
            case REJECTED, EXPIRED, WITHDRAWN -> throw rejected(call, approval);
        };
    }

    /**
     * Lets a call pass or not.
     *
     * @throws AgentOsException {@code policy:DENIED} or {@code policy:APPROVAL_IMPOSSIBLE}
     */
    void require(Call call) {
        pass(call, decide(call));
    }

    /**
     * Lets a call pass or not.
     *
     * @return what passes, with everything replaced that rules name
     * @throws AgentOsException {@code policy:DENIED} or {@code policy:APPROVAL_IMPOSSIBLE}
     */
    <T> T require(Call call, T what, BiFunction<ChatRedaction, T, T> replacing) {
        Decision decision = decide(call);
        pass(call, decision);
        Optional<Redactor> redactor = redactor(call, decision);
        T passing = redactor.map(one -> replacing.apply(new ChatRedaction(one), what))
                .orElse(what);
        redactor.ifPresent(one -> keep(call, one));
        return passing;
    }

    /**
     * What stands before what a call will give.
     *
     * @throws AgentOsException {@code policy:DENIED} when it could not pass whatever it is
     */
    OutputScreen screen(Call call) {
        Call output = call.output();
        boolean open = patiently(call, () -> policies.dependsOn(PolicyPoint.OUTPUT.word(), output.question()));
        return new OutputScreen(this, output, open ? Optional.empty() : Optional.of(judged(output)));
    }

    /**
     * What the rules come to.
     *
     * @throws AgentOsException {@code policy:DENIED}
     */
    Decision judged(Call call) {
        Decision decision = decide(call);
        decision.requireNotDenied(call.named());
        return decision;
    }

    /** What a decision replaces; empty for nothing. */
    Optional<Redactor> redactor(Call call, Decision decision) {
        return redactions.redactor(call.scope().tenant(), decision.redactions());
    }

    /** Keeps what tokens stand for, and tells how much was replaced, when it was done. */
    void keep(Call call, Redactor redactor) {
        remember(call, redactor);
        if (!redactor.found().isEmpty()) {
            call.scope()
                    .events()
                    .emit("redaction", JsonObject.of("about", call.about(), "found", JsonValue.of(redactor.found())));
        }
    }

    /** Keeps what tokens stand for. */
    void remember(Call call, Redactor redactor) {
        redactions.keep(call.scope().tenant(), redactor);
    }

    private static UnaryOperator<String> replacing(Optional<Redactor> redactor) {
        return redactor.<UnaryOperator<String>>map(one -> one::text).orElse(UnaryOperator.identity());
    }

    private void pass(Call call, Decision decision) {
        decision.requireNotDenied(call.named());
        if (decision.effect() != RuleEffect.REQUIRE_APPROVAL) {
            return;
        }
        Optional<String> execution = call.scope().execution();
        if (execution.isPresent()
                && approvals.agreed(call.tenant(), call.asked(execution.get(), replacing(redactor(call, decision))))) {
            return;
        }
        throw new AgentOsException(
                PolicyErrorCode.APPROVAL_IMPOSSIBLE,
                "A person has to agree to " + call.named() + ", and whoever calls it here cannot wait for that.",
                "Let a tool node of a graph call it, which waits for the answer.");
    }

    private static AgentOsException rejected(Call call, Approval approval) {
        List<Approval.Vote> votes = approval.standing().votes();
        String why = approval.state() == Approval.State.REJECTED && !votes.isEmpty()
                ? "was refused by " + votes.getFirst().by()
                        + votes.getFirst().reason().map(reason -> ": " + reason).orElse("")
                : "was not agreed to in time";
        return new AgentOsException(
                PolicyErrorCode.REJECTED,
                "The call of " + call.named() + " " + why + (why.endsWith(".") ? "" : "."),
                "Do without it, or ask again in another execution; the approval is " + approval.id() + ".");
    }

    Decision decide(Call call) {
        return told(call, checks.checked(call, unchecked(call)));
    }

    /** What the rules come to if everything fails every check. */
    Decision unchecked(Call call) {
        return patiently(call, () -> policies.decide(call.question()));
    }

    private Decision told(Call call, Decision decision) {
        boolean telling = decision.effect() == RuleEffect.DENY || decision.differsInDryRun();
        // A node that has asked before it calls is asked again when it does.
        if (telling && told.asMap().putIfAbsent(call.scope().idempotencyKey() + " " + call.named(), true) == null) {
            JsonObject shown = decision.toJson();
            call.scope()
                    .events()
                    .emit(
                            "policy",
                            redactor(call, decision)
                                    .map(one -> one.object(shown))
                                    .orElse(shown)
                                    .with("about", call.about()));
        }
        return decision;
    }

    /** A database that is away for a while is to delay a call and not to fail it. */
    private <T> T patiently(Call call, Supplier<T> asking) {
        for (int tries = 0; ; tries++) {
            try {
                return asking.get();
            } catch (AgentOsException e) {
                boolean away = e.errorCode().equals(KernelErrorCode.DATABASE_UNAVAILABLE);
                if (!away
                        || call.scope().cancelled().getAsBoolean()
                        || !clock.instant().isBefore(call.scope().deadline())) {
                    throw e;
                }
                try {
                    Thread.sleep(FIRST_PAUSE << Math.min(tries, MOST_DOUBLINGS));
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    throw e;
                }
            }
        }
    }

    private static String text(Message message) {
        return switch (message) {
            case Message.System system -> system.text();
            case Message.User user ->
                user.content().stream()
                        .map(content -> switch (content) {
                            case Content.Text text -> text.text();
                            case Content.Passage passage -> passage.text();
                        })
                        .collect(Collectors.joining("\n"));
            case Message.Assistant assistant -> assistant.text();
            case Message.ToolAnswer answer -> answer.result().output().toString();
        };
    }

    private static String cut(String text, int longest) {
        return text.length() <= longest ? text : text.substring(0, longest);
    }
}
