package dev.agentos.invocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.agentos.kernel.Json;
import dev.agentos.policy.Policies;
import dev.agentos.policy.PolicyDocument;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ChatOptions;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.testkit.SyntheticJar;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A plugin that listens to the model of another one. */
class HearingTest {

    @TempDir
    private Path folder;

    private InvocationHost host;

    @BeforeEach
    void open() {
        host = new InvocationHost(folder);
        host.install(SyntheticJar.plugin("voice", "1.0.0").extension("synthetic.Voice", VOICE));
        host.install(SyntheticJar.plugin("ear", "1.0.0")
                .permissions(PermissionRequest.parseHeader("model.invoke;target=\"voice/*\"")
                        .toArray(PermissionRequest[]::new))
                .extension("synthetic.Ear", EAR));
    }

    @AfterEach
    void close() {
        host.close();
    }

    private JsonObject hear(Duration limit, String model, String text, int pause) {
        return hear(InvocationHost.scope(limit), model, text, pause);
    }

    @Test
    void whatIsHeldBackOfAnAnswerIsHeardBehindTheRest() {
        host.policies.put(
                Optional.empty(),
                "p",
                PolicyDocument.read(Json.parseObject("""
                    {"rules": [{"id": "r", "point": "output", "effect": "REDACT", "reason": "private",
                     "redact": {"detectors": ["email"], "mode": "MASK"}}]}\
                    """)),
                0,
                new Policies.Author("key_1", Optional.empty()),
                false);
        JsonObject heard = hear(Duration.ofSeconds(30), "voice/echo", "Write to ann@example.com or to bob@example", 0);
        assertThat(heard.text("whole").orElseThrow()).startsWith("Write to [email] or to ");
        assertThat(heard.text("heard")).isEqualTo(heard.text("whole"));
    }

    @Test
    void whatWasSaidBeforeAFailureIsHeard() {
        JsonObject heard = hear(Duration.ofSeconds(30), "voice/fail", "As far as here", 0);
        assertThat(heard.text("whole")).contains("Say less.");
        assertThat(heard.text("heard")).contains("As far as here");
    }

    @ParameterizedTest
    @ValueSource(strings = {"voice/late", "voice/never"})
    void aModelIsNotToBlameForWhatItsListenerTakes(String model) {
        for (int times = 0; times < 5; times++) {
            assertThatThrownBy(() -> hear(Duration.ofMillis(600), model, "Well", 60_000))
                    .isInstanceOf(AgentOsException.class);
        }
        ChatRequest request = new ChatRequest("voice/echo", List.of(), List.of(), ChatOptions.DEFAULTS);
        assertThat(host.invocation
                        .chat(InvocationHost.scope(), request, text -> {})
                        .message()
                        .text())
                .isEqualTo("nothing");
    }

    @Test
    void anAnswerThatIsThereIsTakenAlthoughItsListenerWasSlow() {
        // A model has two seconds here.
        JsonObject heard = hear(Duration.ofSeconds(30), "voice/late", "Well", 2_500);
        assertThat(heard.text("whole")).contains("Well");
        assertThat(heard.text("heard")).contains("Well");
    }

    @Test
    void aModelIsToldToEndAlthoughItsListenerHearsNothingElse() {
        assertThatThrownBy(() -> hear(Duration.ofMillis(600), "voice/never", "Well", -6_000))
                .isInstanceOf(AgentOsException.class);
        await().atMost(Duration.ofSeconds(3)).until(() -> said("voice/running").equals("0"));
    }

    @Test
    void aModelIsToldToEndWhenWhoHearsItIsNotWantedAnyMore() throws Exception {
        AtomicBoolean cancelled = new AtomicBoolean();
        CallScope scope = InvocationHost.scope(Duration.ofSeconds(60)).cancelledAlso(cancelled::get);
        Thread caller = Thread.ofVirtual().start(() -> {
            try {
                hear(scope, "voice/never", "Well", -6_000);
            } catch (AgentOsException e) {
                // Who hears nothing else is given up.
            }
        });
        await().atMost(Duration.ofSeconds(10)).until(() -> said("voice/running").equals("1"));
        // What it says is passed on within 50 ms.
        Thread.sleep(300);
        cancelled.set(true);
        await().atMost(Duration.ofSeconds(3)).until(() -> said("voice/running").equals("0"));
        caller.join();
    }

    private String said(String model) {
        return host.invocation
                .chat(
                        InvocationHost.scope(),
                        new ChatRequest(model, List.of(), List.of(), ChatOptions.DEFAULTS),
                        text -> {})
                .message()
                .text();
    }

    /** @param pause of the listener in milliseconds; a negative one cannot be interrupted */
    private JsonObject hear(CallScope scope, String model, String text, int pause) {
        return (JsonObject) host.invocation
                .callTool(scope, "ear.hear", JsonObject.of("model", model, "text", text, "pause", pause))
                .output();
    }

    private static final String EAR = """
        package synthetic;

        import dev.agentos.spi.*;
        import java.util.*;
        import java.util.concurrent.locks.LockSupport;

        @AgentOsExtension
        public final class Ear implements Tool {
            @Override
            public ToolDescription description() {
                return new ToolDescription(
                        "ear.hear", "Hears a model.", JsonObject.of("type", "object"), Effect.PURE);
            }

            @Override
            public ToolResult call(JsonObject arguments, CallContext call) {
                StringBuilder heard = new StringBuilder();
                long pause = Long.parseLong(arguments.member("pause").orElseThrow().toString());
                String whole;
                try {
                    whole = call.models()
                            .chat(
                                    new ChatRequest(
                                            arguments.text("model").orElseThrow(),
                                            List.of(Message.User.of(arguments.text("text").orElseThrow())),
                                            List.of(),
                                            ChatOptions.DEFAULTS),
                                    said -> {
                                        heard.append(said);
                                        pause(pause);
                                    })
                            .message()
                            .text();
                } catch (AgentOsException e) {
                    whole = e.action();
                }
                return ToolResult.of(JsonObject.of("heard", heard.toString(), "whole", whole));
            }

            private static void pause(long millis) {
                long end = System.nanoTime() + Math.abs(millis) * 1_000_000;
                while (end - System.nanoTime() > 0) {
                    if (millis < 0) {
                        Thread.interrupted();
                    } else if (Thread.currentThread().isInterrupted()) {
                        return;
                    }
                    LockSupport.parkNanos(end - System.nanoTime());
                }
            }
        }
        """;

    private static final String VOICE = """
        package synthetic;

        import dev.agentos.spi.*;
        import java.util.*;
        import java.util.concurrent.locks.LockSupport;

        @AgentOsExtension
        public final class Voice implements ModelProvider {
            private final java.util.concurrent.atomic.AtomicInteger running =
                    new java.util.concurrent.atomic.AtomicInteger();

            @Override
            public String provider() {
                return "voice";
            }

            @Override
            public List<ModelDescription> models() {
                return List.of(new ModelDescription("echo", "Says what it heard.", 0, false,
                    new DeclaredFacts("eu", "FR", "none")));
            }

            @Override
            public ChatResponse chat(ChatRequest request, ChatListener listener, CallContext call) {
                if (request.model().equals("running")) {
                    return new ChatResponse(Message.Assistant.of(String.valueOf(running.get())), Usage.NONE,
                            FinishReason.STOP);
                }
                running.incrementAndGet();
                try {
                    return say(request, listener);
                } finally {
                    running.decrementAndGet();
                }
            }

            private static ChatResponse say(ChatRequest request, ChatListener listener) {
                String text = request.messages().isEmpty() ? "nothing" : ((Message.User) request.messages().getFirst()).text();
                if (request.model().equals("late") || request.model().equals("never")) {
                    listener.onText(text);
                    LockSupport.parkNanos(200_000_000);
                    while (request.model().equals("never") && !Thread.currentThread().isInterrupted()) {
                        LockSupport.parkNanos(200_000_000);
                    }
                } else {
                    for (int at = 0; at < text.length(); at += 3) {
                        listener.onText(text.substring(at, Math.min(text.length(), at + 3)));
                    }
                }
                if (request.model().equals("fail")) {
                    throw new AgentOsException(
                            ErrorCode.of("voice", "OWN", ErrorType.EXTERNAL, true), "Too much.", "Say less.");
                }
                return new ChatResponse(Message.Assistant.of(text), Usage.NONE, FinishReason.STOP);
            }
        }
        """;
}
