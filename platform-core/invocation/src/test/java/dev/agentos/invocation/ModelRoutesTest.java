package dev.agentos.invocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Json;
import dev.agentos.kernel.RateExceededException;
import dev.agentos.limits.LimitsErrorCode;
import dev.agentos.policy.Policies;
import dev.agentos.policy.PolicyDocument;
import dev.agentos.policy.PolicyErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ChatListener;
import dev.agentos.spi.ChatOptions;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.Effect;
import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Message;
import dev.agentos.spi.ToolDescription;
import dev.agentos.tenancy.TenantId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rules that send a call to another model, and rules that count calls. */
class ModelRoutesTest {

    private static final String OTHER = "tnt_other";

    @TempDir
    private Path folder;

    private InvocationHost host;
    private final List<String> events = new ArrayList<>();

    @BeforeEach
    void open() {
        host = new InvocationHost(folder);
        host.install(Probe.jar("probe", "1.0.0"));
        host.install(Probe.jar("second", "1.0.0"));
    }

    @AfterEach
    void close() {
        host.close();
    }

    private void rules(Optional<String> tenant, String name, String... rules) {
        host.policies.put(
                tenant.map(TenantId::new),
                name,
                PolicyDocument.read(Json.parseObject("{\"rules\": [" + String.join(",", rules) + "]}")),
                0,
                new Policies.Author("key_1", Optional.empty()),
                false);
    }

    private void rules(String... rules) {
        rules(Optional.of(InvocationHost.TENANT), "p", rules);
    }

    private static String route(String id, String route, String rest) {
        return "{\"id\": \"%s\", \"point\": \"route\", \"effect\": \"ROUTE\", \"reason\": \"cheaper\", \"route\": %s%s}"
                .formatted(id, route, rest);
    }

    private CallScope scope(String tenant) {
        return InvocationHost.scope(
                tenant, Duration.ofSeconds(30), () -> false, (name, data) -> events.add(name + " " + data));
    }

    private static ChatRequest request(String model, ToolDescription... tools) {
        return new ChatRequest(model, List.of(Message.User.of("Hello")), List.of(tools), ChatOptions.DEFAULTS);
    }

    private String asked(String tenant, ChatRequest request) {
        int before = host.records.size();
        host.invocation.chat(scope(tenant), request, ChatListener.NONE);
        return host.records.get(before).target();
    }

    private String asked(String model) {
        return asked(InvocationHost.TENANT, request(model));
    }

    private void refused(ErrorCode code, String said, Runnable act) {
        assertThatThrownBy(act::run).isInstanceOfSatisfying(AgentOsException.class, e -> {
            assertThat(e.errorCode()).isEqualTo(code);
            assertThat(e.getMessage()).contains(said);
        });
    }

    @Test
    void aCallGoesToTheModelThatTheRuleNames() {
        rules(route("cheap", "{\"model\": \"second/words\"}", ", \"scope\": {\"model\": \"probe/*\"}"));
        assertThat(asked("probe/words")).isEqualTo("model second/words");
        assertThat(events).singleElement().asString().contains("\"from\":\"probe/words\"", "\"to\":\"second/words\"");
        assertThat(asked(OTHER, request("probe/words"))).as("another tenant's").isEqualTo("model probe/words");
    }

    @Test
    void whatWasRoutedIsNotRoutedAgain() {
        rules(
                route("there", "{\"model\": \"second/words\"}", ", \"scope\": {\"model\": \"probe/words\"}"),
                route("back", "{\"model\": \"probe/words\"}", ", \"scope\": {\"model\": \"second/words\"}"));
        assertThat(asked("probe/words")).isEqualTo("model second/words");
        assertThat(asked("second/words")).isEqualTo("model probe/words");
    }

    @Test
    void thePlatformsRuleAndThenTheFirstOneDecides() {
        rules(route("one", "{\"model\": \"probe/one\"}", ""), route("two", "{\"model\": \"probe/two\"}", ""));
        assertThat(asked("probe/words")).isEqualTo("model probe/one");
        rules(Optional.empty(), "z", route("all", "{\"model\": \"second/all\"}", ""));
        assertThat(asked("probe/words")).isEqualTo("model second/all");
        rules(
                Optional.of(InvocationHost.TENANT),
                "q",
                "{\"id\": \"no\", \"point\": \"route\", \"effect\": \"DENY\", \"reason\": \"never\"}");
        refused(PolicyErrorCode.DENIED, "never", () -> asked("probe/words"));
    }

    @Test
    void theFirstThatCanBeAskedIs() {
        rules(
                route("first", "{\"models\": [\"gone/x\", \"probe/no\", \"second/words\"]}", ""),
                "{\"id\": \"no\", \"point\": \"model\", \"effect\": \"DENY\", \"reason\": \"never\","
                        + " \"scope\": {\"model\": \"probe/no\"}}");
        assertThat(asked("probe/words")).isEqualTo("model second/words");
        ToolDescription tool = new ToolDescription("a.b", "A tool.", JsonObject.EMPTY, Effect.PURE);
        refused(
                PolicyErrorCode.NO_ROUTE,
                "'gone/x' (there is no such chat model for the tenant), 'probe/no' (a rule denies it),"
                        + " 'second/words' (it cannot call tools)",
                () -> asked(InvocationHost.TENANT, request("probe/words", tool)));
    }

    @Test
    void theRulesAboutTheModelSeeTheOneThatIsAsked() {
        rules(
                route("cheap", "{\"model\": \"second/words\"}", ""),
                "{\"id\": \"no\", \"point\": \"model\", \"effect\": \"DENY\", \"reason\": \"never\","
                        + " \"scope\": {\"model\": \"probe/*\"}}");
        assertThat(asked("probe/words")).isEqualTo("model second/words");
    }

    @Test
    void aDryRunIsToldAndTheCallStays() {
        rules(route("cheap", "{\"model\": \"second/words\"}", ", \"mode\": \"dry-run\""));
        assertThat(asked("probe/words")).isEqualTo("model probe/words");
        assertThat(events).singleElement().asString().startsWith("policy").contains("second/words", "dry-run");
    }

    @Test
    void aRuleCountsCallsOfEachModelOfEachTenant() {
        rules(
                Optional.empty(),
                "p",
                "{\"id\": \"few\", \"point\": \"model\", \"effect\": \"LIMIT\", \"reason\": \"It is dear.\","
                        + " \"limit\": {\"requests\": 2, \"per\": \"PT1H\", \"by\": \"model\"}}");
        asked("probe/words");
        asked("probe/words");
        assertThatThrownBy(() -> asked("probe/words")).isInstanceOfSatisfying(RateExceededException.class, e -> {
            assertThat(e.errorCode()).isEqualTo(LimitsErrorCode.RATE_LIMITED);
            assertThat(e.errorCode().retriable()).isTrue();
            assertThat(e.getMessage()).contains("'few'", "2 times in 3600 seconds for each model", "It is dear.");
            assertThat(e.rate().rest()).isBetween(Duration.ofMinutes(59), Duration.ofHours(1));
        });
        assertThat(asked("second/words")).isEqualTo("model second/words");
        assertThat(asked(OTHER, request("probe/words"))).isEqualTo("model probe/words");
    }

    @Test
    void aLimitOnADryRunCountsNothingAndOneOfToolsCountsCallsOfTools() {
        rules(
                "{\"id\": \"dry\", \"point\": \"tool\", \"effect\": \"LIMIT\", \"reason\": \"r\", \"mode\":"
                        + " \"dry-run\", \"limit\": {\"requests\": 1, \"per\": \"PT1H\"}}",
                "{\"id\": \"few\", \"point\": \"tool\", \"effect\": \"LIMIT\", \"reason\": \"r\","
                        + " \"scope\": {\"tool\": \"probe.probe\"},"
                        + " \"limit\": {\"requests\": 2, \"per\": \"PT1H\", \"by\": \"tool\"}}");
        JsonObject version = JsonObject.of("do", "version");
        host.invocation.callTool(scope(InvocationHost.TENANT), "probe.probe", version);
        // To ask whether it may be called is no call.
        host.invocation.clear(scope(InvocationHost.TENANT), "probe.probe", version);
        host.invocation.callTool(scope(InvocationHost.TENANT), "probe.probe", version);
        refused(
                LimitsErrorCode.RATE_LIMITED,
                "'few'",
                () -> host.invocation.callTool(scope(InvocationHost.TENANT), "probe.probe", version));
        host.invocation.callTool(scope(InvocationHost.TENANT), "second.probe", version);
    }
}
