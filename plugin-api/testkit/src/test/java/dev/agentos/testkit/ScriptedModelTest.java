package dev.agentos.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ChatOptions;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.ChatResponse;
import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;
import dev.agentos.spi.FinishReason;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Message;
import dev.agentos.spi.ModelProvider;
import dev.agentos.spi.ToolCall;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScriptedModelTest extends ModelProviderContract {

    @Override
    protected ModelProvider provider() {
        ScriptedModel model = ScriptedModel.named("scripted");
        for (int i = 0; i < 5; i++) {
            model.answers("An answer from the script.");
        }
        return model;
    }

    @Override
    protected ChatRequest goodRequest() {
        return new ChatRequest(
                ScriptedModel.MODEL, List.of(Message.User.of("A question")), List.of(), ChatOptions.DEFAULTS);
    }

    @Test
    void followsTheScript() {
        AgentOsException busy = new AgentOsException(
                ErrorCode.of("scripted", "RATE_LIMITED", ErrorType.EXTERNAL, true), "Too many.", "Wait.");
        ScriptedModel model = ScriptedModel.named("scripted")
                .answers("one two")
                .callsTool("a.b", JsonObject.of("x", 1))
                .fails(busy);
        FakeCallContext call = FakeCallContext.create().offering(model);
        List<String> streamed = new ArrayList<>();

        ChatResponse first = call.models().chat(goodRequest().withModel("scripted/scripted"), streamed::add);
        ChatResponse second = call.models().chat(goodRequest().withModel("scripted/scripted"), streamed::add);

        assertThat(first.message().text()).isEqualTo("one two");
        assertThat(streamed).containsExactly("one ", "two");
        assertThat(second.finish()).isEqualTo(FinishReason.TOOL_CALLS);
        assertThat(second.message().toolCalls()).containsExactly(new ToolCall("call_1", "a.b", JsonObject.of("x", 1)));
        assertThatThrownBy(() -> model.chat(goodRequest(), text -> {}, call)).isSameAs(busy);
        assertThatThrownBy(() -> model.chat(goodRequest(), text -> {}, call))
                .hasMessageContaining("no answer for call 4");
        assertThat(model.requests()).hasSize(4);
    }
}
