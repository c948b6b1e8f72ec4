package dev.agentos.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.CallContext;
import dev.agentos.spi.Effect;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.Tool;
import dev.agentos.spi.ToolDescription;
import dev.agentos.spi.ToolResult;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FakeCallContextTest {

    private static final Tool ECHO = new Tool() {
        @Override
        public ToolDescription description() {
            return new ToolDescription(
                    "echo.say",
                    "Says it again.",
                    JsonObject.of(
                            "type",
                            "object",
                            "properties",
                            JsonObject.of("text", JsonObject.of("type", "string")),
                            "required",
                            List.of("text"),
                            "additionalProperties",
                            false),
                    Effect.PURE);
        }

        @Override
        public ToolResult call(JsonObject arguments, CallContext call) {
            return ToolResult.of(new JsonString(arguments.text("text").orElseThrow()));
        }
    };

    @Test
    void toolsAreWiredAndTheirArgumentsChecked() {
        FakeCallContext call = FakeCallContext.create().offering(ECHO);
        assertThat(call.tools().call("echo.say", JsonObject.of("text", "hi")).output())
                .isEqualTo(new JsonString("hi"));
        assertFails(() -> call.tools().call("echo.say", JsonObject.EMPTY), "tool:INVALID_ARGUMENTS");
        assertFails(() -> call.tools().call("echo.say", JsonObject.of("text", 1)), "tool:INVALID_ARGUMENTS");
        assertFails(
                () -> call.tools().call("echo.say", JsonObject.of("text", "a", "more", 1)), "tool:INVALID_ARGUMENTS");
        assertFails(() -> call.tools().call("no.such", JsonObject.EMPTY), "tool:UNKNOWN_TOOL");
    }

    @Test
    void grantsBindWhenGiven() {
        FakeCallContext call = FakeCallContext.create()
                .offering(ECHO)
                .withFile("docs/a.md", "x")
                .granting("tool.invoke other.*", "fs.read ${workspace}/docs/**");
        assertFails(() -> call.tools().call("echo.say", JsonObject.of("text", "hi")), "plugin:PERMISSION_DENIED");
        assertThat(call.files().read("docs/a.md")).containsExactly('x');
        assertFails(() -> call.files().read("other.md"), "plugin:PERMISSION_DENIED");
    }

    @Test
    void filesListAndStayInside() {
        FakeCallContext call = FakeCallContext.create().withFile("b/2.txt", "2").withFile("a/1.txt", "1");
        assertThat(call.files().list("")).containsExactly("a/1.txt", "b/2.txt");
        assertThat(call.files().list("b")).containsExactly("b/2.txt");
        assertFails(() -> call.files().read("b/../../x"), "plugin:PERMISSION_DENIED");
        assertFails(() -> call.files().read("b/3.txt"), "plugin:FILE_NOT_FOUND");
    }

    @Test
    void stateEventsAndCancellation() {
        FakeCallContext call = FakeCallContext.create().forTenant("tnt_other");
        call.state().put(Map.of("k", new JsonString("v")));
        assertThat(call.state().get(List.of("k", "absent"))).containsExactly(Map.entry("k", new JsonString("v")));
        call.state().remove(List.of("k", "absent"));
        assertThat(call.state().all()).isEmpty();

        call.emit("progress", JsonObject.of("done", 1));
        assertThat(call.events("progress")).containsExactly(JsonObject.of("done", 1));
        assertThat(call.tenant()).isEqualTo("tnt_other");

        assertThat(call.cancelled()).isFalse();
        call.cancel();
        assertThat(call.cancelled()).isTrue();
        assertThat(FakeCallContext.create().until(Instant.EPOCH).cancelled()).isTrue();
    }

    private static void assertFails(Runnable act, String code) {
        assertThatThrownBy(act::run)
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        failure -> assertThat(failure.errorCode().code()).isEqualTo(code));
    }
}
