package dev.agentos.hellotool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Tool;
import dev.agentos.spi.ToolResult;
import dev.agentos.testkit.FakeCallContext;
import dev.agentos.testkit.ToolContract;
import org.junit.jupiter.api.Test;

class GreetToolTest extends ToolContract {

    @Override
    protected Tool tool() {
        return new GreetTool();
    }

    @Override
    protected JsonObject goodArguments() {
        return JsonObject.of("name", "Ada");
    }

    @Test
    void greetsByName() {
        ToolResult result = tool().call(JsonObject.of("name", " Grace "), FakeCallContext.create());
        assertThat(result.output()).isEqualTo(JsonObject.of("greeting", "Hello, Grace!"));
    }

    @Test
    void aBlankNameIsAFailureThatSaysSo() {
        assertThat(tool().call(JsonObject.of("name", " "), FakeCallContext.create())
                        .failed())
                .isTrue();
    }
}
