package dev.agentos.invocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.limits.Budget;
import dev.agentos.limits.BudgetLimit;
import dev.agentos.limits.BudgetPeriod;
import dev.agentos.limits.BudgetScope;
import dev.agentos.limits.LimitsErrorCode;
import dev.agentos.limits.ModelUse;
import dev.agentos.limits.NamedLimit;
import dev.agentos.limits.UsageStore.Part;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ChatOptions;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.EmbeddingRequest;
import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Message;
import dev.agentos.spi.Usage;
import dev.agentos.tenancy.TenantId;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls of a real provider plugin within budgets. */
@Timeout(60)
class ModelSpendingTest {

    private static final TenantId TENANT = new TenantId(InvocationHost.TENANT);

    @TempDir
    private Path folder;

    private InvocationHost host;
    private final List<String> events = new ArrayList<>();

    @BeforeEach
    void open() {
        host = new InvocationHost(folder);
        host.install(Probe.jar("probe", "1.0.0"));
    }

    @AfterEach
    void close() {
        host.close();
    }

    private void budget(String name, long tokens) {
        host.limits
                .budgets()
                .put(
                        TENANT,
                        name,
                        new Budget.Terms(
                                BudgetScope.TENANT,
                                Optional.empty(),
                                BudgetLimit.tokens(tokens),
                                BudgetPeriod.TOTAL,
                                Budget.WARN_AT,
                                true),
                        0,
                        new NamedLimit.Author("key_1", false),
                        false);
    }

    private static ChatRequest request(String model, int longest) {
        return new ChatRequest(
                "probe/" + model,
                List.of(Message.User.of("Say a word or two.")),
                List.of(),
                new ChatOptions(Optional.empty(), longest == 0 ? Optional.empty() : Optional.of(longest)));
    }

    private CallScope scope(Duration limit) {
        return new CallScope(
                new CallScope.Subject(TENANT.value(), Optional.of("exe_1"), Optional.of("p/a"), Optional.of("key_1")),
                Instant.now().plus(limit),
                () -> false,
                "key",
                JsonObject.EMPTY,
                (name, data) -> events.add(name));
    }

    private Budget.Window window(String name) {
        return host.limits
                .budgets()
                .windows(host.limits.budgets().require(TENANT, name))
                .getFirst();
    }

    private void refused(ErrorCode code, ChatRequest request, Duration limit) {
        assertThatThrownBy(() -> host.invocation.chat(scope(limit), request, text -> {}))
                .isInstanceOfSatisfying(
                        AgentOsException.class, e -> assertThat(e.errorCode()).isEqualTo(code));
    }

    @Test
    void aBudgetOfTokensStopsACallOfAModelBeforeItBegins() {
        budget("small", 60);
        long before = host.records.size();
        refused(LimitsErrorCode.BUDGET_EXCEEDED, request("words", 100), Duration.ofSeconds(20));
        refused(LimitsErrorCode.BUDGET_EXCEEDED, request("words", 0), Duration.ofSeconds(20));
        assertThat(host.records).as("the plugin is not even asked").hasSize((int) before);
        host.invocation.chat(scope(Duration.ofSeconds(20)), request("words", 20), text -> {});
        assertThat(window("small").reserved()).isZero();
        assertThat(window("small").spent()).isPositive().isLessThan(new BigDecimal(60));
    }

    @Test
    void aCallThatIsNotThereCostsNothingAndOneThatIsCutShortWhatItSaid() {
        budget("large", 100_000);
        assertThatThrownBy(() -> host.invocation.chat(
                        scope(Duration.ofSeconds(20)), request("words", 5).withModel("nobody/x"), text -> {}))
                .isInstanceOf(AgentOsException.class);
        assertThat(host.limits.budgets().windows(host.limits.budgets().require(TENANT, "large")))
                .isEmpty();
        AtomicLong characters = new AtomicLong();
        assertThatThrownBy(() -> host.invocation.chat(
                        scope(Duration.ofMillis(400)),
                        request("endless", 50),
                        text -> characters.addAndGet(text.length())))
                .isInstanceOf(AgentOsException.class);
        assertThat(window("large").reserved()).isZero();
        assertThat(window("large").spent().longValueExact()).isGreaterThanOrEqualTo(characters.get() / 4);
        ModelUse use = host.limits.usage().ofExecution(TENANT, "exe_1").getFirst();
        assertThat(use.sums().estimated()).isEqualTo(1);
        assertThat(use.key().agent()).isEqualTo("p/a");
        assertThat(use.key().principal()).isEqualTo("key_1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"-1000 -1000", "-1 5", "5 -1", "9223372036854775807 9223372036854775807", "4611686018427387904 0"
            })
    void whatCannotHaveBeenUsedIsEstimatedAndGivesNothingBack(String counted) {
        budget("large", 100_000);
        host.invocation.chat(scope(Duration.ofSeconds(20)), counting("40 2"), text -> {});
        assertThat(window("large").spent()).isEqualByComparingTo("42");
        Usage told = host.invocation
                .chat(scope(Duration.ofSeconds(20)), counting(counted), text -> {})
                .usage();
        assertThat(told.inputTokens()).isBetween(1L, 100L);
        assertThat(told.outputTokens()).isBetween(1L, 100L);
        assertThat(window("large").reserved()).isZero();
        assertThat(window("large").spent().longValueExact()).isEqualTo(42 + told.inputTokens() + told.outputTokens());
        assertThat(used())
                .extracting(ModelUse.Sums::inputTokens, ModelUse.Sums::outputTokens, ModelUse.Sums::estimated)
                .as("what the answer says is what was booked")
                .containsExactly(40 + told.inputTokens(), 2 + told.outputTokens(), 1L);
    }

    @Test
    void textsToBeEmbeddedGiveNothingBackEither() {
        host.install(OddPlugins.many());
        budget("large", 100_000);
        Usage told = host.invocation
                .embed(scope(Duration.ofSeconds(20)), new EmbeddingRequest("many/length", List.of("-1000")))
                .usage();
        assertThat(told.inputTokens()).isPositive();
        assertThat(window("large").spent().longValueExact()).isEqualTo(told.inputTokens());
        assertThat(used().estimated()).isEqualTo(1);
    }

    private static ChatRequest counting(String counted) {
        return new ChatRequest("probe/counting", List.of(Message.User.of(counted)), List.of(), ChatOptions.DEFAULTS);
    }

    private ModelUse.Sums used() {
        return host.limits.usage().ofExecution(TENANT, "exe_1").getFirst().sums();
    }

    @Test
    void theExecutionIsToldWhenABudgetIsNearlyUsedUp() {
        budget("tight", 200);
        while (events.isEmpty()) {
            host.invocation.chat(scope(Duration.ofSeconds(20)), request("words", 2), text -> {});
        }
        assertThat(events).containsExactly("budget.warning");
        assertThat(window("tight").warned()).isTrue();
    }

    @Test
    void withoutABudgetItIsOnlyCounted() {
        host.invocation.chat(scope(Duration.ofSeconds(20)), request("words", 0), text -> {});
        assertThat(host.limits
                        .usage()
                        .sums(
                                TENANT,
                                host.limits.usage().today(),
                                host.limits.usage().today(),
                                Set.of(Part.MODEL),
                                10))
                .singleElement()
                .satisfies(use -> assertThat(use.key().model()).isEqualTo("probe/words"));
    }
}
