package dev.agentos.invocation;

import dev.agentos.invocation.checks.JudgeTalk;
import dev.agentos.invocation.internal.ModelName;
import dev.agentos.invocation.internal.PolicyCall;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.limits.Budgets;
import dev.agentos.pluginruntime.ExtensionListing;
import dev.agentos.policy.Decision;
import dev.agentos.policy.GateCheck;
import dev.agentos.policy.RuleEffect;
import dev.agentos.redaction.ChatRedaction;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ChatListener;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.ChatResponse;
import dev.agentos.spi.EmbeddingProvider;
import dev.agentos.spi.EmbeddingRequest;
import dev.agentos.spi.EmbeddingResponse;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Message;
import dev.agentos.spi.ModelProvider;
import dev.agentos.spi.ToolDescription;
import dev.agentos.spi.Usage;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Calls of models: which one is asked, what the rules replace in it, what it may cost, and what passes of its answer.
 */
final class ModelCalls {

    private final Invocation door;
    private final PolicyGate policy;
    private final ModelRoutes routes;
    private final ModelSpending spending;
    private final Duration longest;
    private final InstantSource clock;

    /**
     * Calls through that door.
     *
     * @param longest how long a model may take
     */
    ModelCalls(
            Invocation door,
            PolicyGate policy,
            ModelRoutes routes,
            Budgets budgets,
            Duration longest,
            InstantSource clock) {
        this.door = door;
        this.policy = policy;
        this.routes = routes;
        this.spending = new ModelSpending(budgets, policy.approvals());
        this.longest = longest;
        this.clock = clock;
        policy.judgeBy(this::objection);
    }

    ChatRequest routed(CallScope scope, ChatRequest request, Optional<Caller> caller) {
        return routes.chat(scope, caller, request);
    }

    /** Asks the model that the request names, wherever rules would send it; again, when a rule wants that. */
    ChatResponse chat(CallScope scope, ChatRequest request, ChatListener listener, Optional<Caller> caller) {
        CallScope within = scope;
        ChatRequest asked = request;
        for (int again = 1; ; again++) {
            Answer answer = answer(within, asked, listener, caller);
            Optional<Decision.Match> match = answer.retry(again);
            if (match.isEmpty()) {
                return answer.screen().passed(answer.response(), answer.verdict());
            }
            tell(scope, request.model(), match.get(), again, answer.response().usage());
            asked = corrected(asked, answer, match.get());
            within = scope.forEffect("again-" + again);
        }
    }

    /**
     * An answer that nobody has seen.
     *
     * @param verdict what the rules come to about it
     */
    private record Answer(ChatResponse response, OutputScreen screen, GateChecks.Checked verdict) {

        /** The rule that denies it and wants another one. */
        Optional<Decision.Match> retry(int again) {
            return verdict.decision().effect() == RuleEffect.DENY
                    ? verdict.decision()
                            .deciding()
                            .filter(match -> match.rule()
                                    .terms()
                                    .retry()
                                    .filter(retry -> again <= retry.times())
                                    .isPresent())
                    : Optional.empty();
        }
    }

    /**
     * The execution's own usage is of the answer that it gets; what the others took is told here, and booked as any.
     */
    private static void tell(CallScope scope, String model, Decision.Match match, int again, Usage usage) {
        scope.events()
                .emit(
                        "gate.retry",
                        JsonObject.of(
                                "model", model,
                                "policy", match.policy(),
                                "rule", match.rule().id(),
                                "again", again,
                                "inputTokens", usage.inputTokens(),
                                "outputTokens", usage.outputTokens()));
    }

    private static ChatRequest corrected(ChatRequest asked, Answer answer, Decision.Match match) {
        List<Message> messages = new ArrayList<>(asked.messages());
        String text = answer.response().message().text();
        if (!text.isBlank()) {
            messages.add(Message.Assistant.of(text));
        }
        messages.add(Message.User.of("This answer cannot be accepted: "
                + match.rule().reason()
                + answer.verdict().problem().map(found -> " (" + found + ")").orElse("")
                + "\n"
                + match.rule().terms().retry().map(GateCheck.Retry::say).orElse("")
                + "\nAnswer again, whole."));
        return new ChatRequest(asked.model(), messages, asked.tools(), asked.options());
    }

    /**
     * Asks the judge of a check. It is a call as any other, within budgets and the rules at the point model, but what
     * it gives is judged by nobody; a judge that cannot be asked lets nothing pass.
     */
    private Optional<String> objection(CallScope asking, GateCheck.Judge judge, String text) {
        Optional<String> beyond = JudgeTalk.beyond(judge, text);
        if (beyond.isPresent()) {
            return beyond;
        }
        try {
            CallScope scope = asking.forEffect("judge");
            ChatRequest request = JudgeTalk.request(judge, text);
            return JudgeTalk.objection(
                    judge,
                    asked(scope, request, ChatListener.NONE, Optional.empty(), Optional.empty())
                            .message()
                            .text());
        } catch (AgentOsException e) {
            if (e.errorCode().equals(KernelErrorCode.CANCELLED)) {
                throw e;
            }
            return Optional.of("the judge " + judge.model() + " could not be asked: "
                    + e.errorCode().code());
        }
    }

    private Answer answer(CallScope scope, ChatRequest request, ChatListener listener, Optional<Caller> caller) {
        PolicyCall asked = call(modelled(scope), request, caller);
        OutputScreen screen = policy.screen(asked);
        ChatResponse response = asked(scope, request, listener, caller, Optional.of(screen));
        Set<String> offered =
                request.tools().stream().map(ToolDescription::name).collect(Collectors.toSet());
        return new Answer(response, screen, screen.verdict(response, offered));
    }

    private PolicyCall call(CallScope scope, ChatRequest request, Optional<Caller> caller) {
        CallTarget<ModelProvider> target = CallTarget.ofModel(ModelProvider.class, ModelName.of(request.model()));
        return PolicyCall.ofChat(
                scope, Invocation.id(caller), Optional.of(door.policed(scope, target, caller)), request);
    }

    private ChatResponse asked(
            CallScope scope,
            ChatRequest request,
            ChatListener listener,
            Optional<Caller> caller,
            Optional<OutputScreen> screen) {
        ModelName name = ModelName.of(request.model());
        CallTarget<ModelProvider> target = CallTarget.ofModel(ModelProvider.class, name);
        CallScope bounded = modelled(scope);
        ChatRequest passing = policy.require(call(bounded, request, caller), request, ChatRedaction::request);
        AtomicReference<Instant> answered = new AtomicReference<>(clock.instant());
        Supplier<ChatResponse> work = () -> spending.chat(
                bounded,
                passing,
                screen.map(one -> one.hearing(listener)).orElse(listener),
                (within, heard) -> door.call(bounded, target, caller, (provider, context) -> {
                    ChatListener guarded = text -> {
                        if (!text.isEmpty() && !context.cancelled()) {
                            heard.onText(text);
                        }
                    };
                    ChatResponse answer = provider.chat(within.withModel(name.model()), guarded, context);
                    // Not when it is taken: whoever waits for it may be busy with what it has heard.
                    answered.set(clock.instant());
                    return answer;
                }));
        ChatResponse response = screen.map(one -> one.around(work)).orElseGet(work);
        if (!answered.get().isBefore(bounded.deadline())) {
            // What a model returns because it was told to stop is cut short, and no answer.
            throw Invocation.late(target, bounded);
        }
        return response;
    }

    EmbeddingResponse embed(CallScope scope, EmbeddingRequest asked, Optional<Caller> caller) {
        EmbeddingRequest request = routes.embedding(scope, caller, asked);
        ModelName name = ModelName.of(request.model());
        CallTarget<EmbeddingProvider> target = CallTarget.ofModel(EmbeddingProvider.class, name);
        ExtensionListing offered = door.policed(scope, target, caller);
        PolicyCall call = PolicyCall.ofEmbedding(scope, Invocation.id(caller), Optional.of(offered), request);
        OutputScreen screen = policy.screen(call);
        EmbeddingRequest passing = policy.require(call, request, ChatRedaction::request);
        EmbeddingRequest inner = passing.withModel(name.model());
        // Numbers say nothing to the rules, but the text of a failure does.
        return screen.around(() -> spending.embed(
                scope,
                passing,
                within -> door.call(
                        modelled(scope), target, caller, (provider, context) -> provider.embed(inner, context))));
    }

    /** An answer that does not end must not keep its execution until the execution's own deadline. */
    private CallScope modelled(CallScope scope) {
        return scope.until(clock.instant().plus(longest));
    }
}
