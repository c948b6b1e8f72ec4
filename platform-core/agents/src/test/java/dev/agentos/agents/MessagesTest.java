package dev.agentos.agents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.Message;
import dev.agentos.spi.ToolCall;
import dev.agentos.spi.ToolResult;
import java.util.List;
import org.junit.jupiter.api.Test;

class MessagesTest {

    @Test
    void whatIsWrittenIsReadAgain() {
        Message.Assistant asked = new Message.Assistant(
                "Let me look.", List.of(new ToolCall("c1", "hello.greet", JsonObject.of("name", "x"))));
        Message.ToolAnswer answered =
                new Message.ToolAnswer("c1", "hello.greet", new ToolResult(new JsonString("Hello x"), false));
        JsonArray channel = new JsonArray(List.of(
                JsonObject.of("role", "user", "content", "greet x"),
                Messages.write("m1", asked),
                Messages.write("m2", answered)));

        assertThat(Messages.read(channel)).containsExactly(Message.User.of("greet x"), asked, answered);
    }

    @Test
    void unknownRoleIsNamed() {
        JsonArray channel = new JsonArray(List.of(JsonObject.of("role", "robot")));
        assertThatThrownBy(() -> Messages.read(channel))
                .isInstanceOf(AgentOsException.class)
                .hasMessageContaining("robot");
    }
}
