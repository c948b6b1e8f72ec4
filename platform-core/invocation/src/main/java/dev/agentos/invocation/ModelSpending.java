package dev.agentos.invocation;

import dev.agentos.invocation.internal.BudgetOverrides;
import dev.agentos.invocation.internal.ModelTokens;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.limits.BudgetExceededException;
import dev.agentos.limits.BudgetLimit;
import dev.agentos.limits.BudgetStore;
import dev.agentos.limits.Budgets;
import dev.agentos.limits.Spender;
import dev.agentos.policy.Approval;
import dev.agentos.policy.Approvals;
import dev.agentos.policy.PolicyErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ChatListener;
import dev.agentos.spi.ChatOptions;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.ChatResponse;
import dev.agentos.spi.EmbeddingRequest;
import dev.agentos.spi.EmbeddingResponse;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Usage;
import dev.agentos.tenancy.TenantId;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Keeps calls of models within budgets: reserves before a call what it may take, and books afterwards what it took. An
 * answer is held to the length that was reserved for it.
 */
final class ModelSpending {

    /**
     * More tokens than any call has. What a provider counts beyond them is wrong, and could make the sums of many calls
     * too large for a number.
     */
    private static final long MOST_COUNTED = 1_000_000_000;

    private final Budgets budgets;
    private final BudgetOverrides overrides;

    /** Within those budgets; there people are asked to go beyond one. */
    ModelSpending(Budgets budgets, Approvals approvals) {
        this.budgets = budgets;
        this.overrides = new BudgetOverrides(budgets, approvals);
    }

    /** Where whoever began all this can wait, people are asked before the call of a plugin is refused. */
    private Budgets.Hold reserve(CallScope scope, Supplier<Budgets.Hold> reserving) {
        while (true) {
            try {
                return reserving.get();
            } catch (BudgetExceededException refused) {
                Approval approval = scope.events()
                        .await(() -> overrides.ask(scope, refused))
                        .orElseThrow(() -> refused);
                if (approval.state() == Approval.State.PENDING) {
                    throw new AgentOsException(
                            PolicyErrorCode.APPROVAL_AWAITED,
                            "A person has to agree to go beyond the budget '"
                                    + refused.refusal().budget().name() + "' first.",
                            "Let the failure pass: the node is run again when the approval " + approval.id()
                                    + " is decided.");
                }
            }
        }
    }

    ChatResponse chat(
            CallScope scope,
            ChatRequest request,
            ChatListener listener,
            BiFunction<ChatRequest, ChatListener, ChatResponse> call) {
        Budgets.Hold hold = reserve(
                scope,
                () -> budgets.reserve(
                        spender(scope),
                        request.model(),
                        () -> ModelTokens.most(request),
                        request.options().maxOutputTokens()));
        ChatRequest bounded = hold.maxOutputTokens()
                .map(most -> new ChatRequest(
                        request.model(),
                        request.messages(),
                        request.tools(),
                        new ChatOptions(request.options().temperature(), Optional.of(most))))
                .orElse(request);
        AtomicLong characters = new AtomicLong();
        return booked(
                scope,
                hold,
                () -> call.apply(bounded, text -> {
                    characters.addAndGet(text.length());
                    listener.onText(text);
                }),
                ChatResponse::usage,
                (response, usage) -> new ChatResponse(response.message(), usage, response.finish()),
                response -> ModelTokens.likely(request, Math.max(characters.get(), ModelTokens.characters(response))),
                () -> characters.get() > 0,
                () -> ModelTokens.likely(request, characters.get()));
    }

    EmbeddingResponse embed(
            CallScope scope, EmbeddingRequest request, Function<EmbeddingRequest, EmbeddingResponse> call) {
        Budgets.Hold hold = reserve(
                scope,
                () -> budgets.reserve(
                        spender(scope), request.model(), () -> ModelTokens.most(request), Optional.of(0)));
        return booked(
                scope,
                hold,
                () -> call.apply(request),
                EmbeddingResponse::usage,
                (response, usage) -> new EmbeddingResponse(response.embeddings(), usage),
                response -> ModelTokens.likely(request),
                () -> false,
                () -> ModelTokens.likely(request));
    }

    /**
     * Makes a call and books it. A provider that counts what cannot be is estimated as one that says nothing, and
     * everybody is told the estimate: a negative count would give back what others have spent.
     *
     * @param counted what the provider says
     * @param corrected the answer, with what was booked instead
     * @param guessed what is likely when it says nothing
     * @param begun whether a call that has failed had begun to answer
     * @param lost what is likely then
     */
    private <R> R booked(
            CallScope scope,
            Budgets.Hold hold,
            Supplier<R> call,
            Function<R, Usage> counted,
            BiFunction<R, Usage, R> corrected,
            Function<R, Usage> guessed,
            Supplier<Boolean> begun,
            Supplier<Usage> lost) {
        R answer;
        try {
            answer = call.get();
        } catch (RuntimeException | Error e) {
            boolean asked = begun.get() || cutShort(e);
            book(scope, hold, asked ? lost.get() : Usage.NONE, asked);
            throw e;
        }
        Usage usage = counted.apply(answer);
        boolean possible = possible(usage.inputTokens()) && possible(usage.outputTokens());
        boolean silent = !possible || usage.equals(Usage.NONE);
        Usage booked = silent ? guessed.apply(answer) : usage;
        book(scope, hold, booked, silent);
        return possible ? answer : corrected.apply(answer, booked);
    }

    private static boolean possible(long tokens) {
        return tokens >= 0 && tokens <= MOST_COUNTED;
    }

    /** A model that was asked and not waited for has worked; one that has refused is taken for not to ask for money. */
    private static boolean cutShort(Throwable failure) {
        return failure instanceof AgentOsException e
                && (e.errorCode().equals(KernelErrorCode.DEADLINE_EXCEEDED)
                        || e.errorCode().equals(KernelErrorCode.CANCELLED));
    }

    private void book(CallScope scope, Budgets.Hold hold, Usage usage, boolean estimated) {
        for (BudgetStore.Warning warning : budgets.settle(hold, usage, estimated)) {
            scope.events()
                    .emit(
                            "budget.warning",
                            JsonObject.of(
                                    "budget", warning.budget(),
                                    "bucket", warning.window().bucket(),
                                    "spent", BudgetLimit.plain(warning.window().spent())));
        }
    }

    private static Spender spender(CallScope scope) {
        CallScope.Subject subject = scope.subject();
        return new Spender(new TenantId(subject.tenant()), subject.principal(), subject.agent(), subject.execution());
    }
}
