package dev.agentos.testkit;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.CallContext;
import dev.agentos.spi.ChatListener;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.ChatResponse;
import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;
import dev.agentos.spi.FinishReason;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Message;
import dev.agentos.spi.ModelDescription;
import dev.agentos.spi.ModelProvider;
import dev.agentos.spi.ToolCall;
import dev.agentos.spi.Usage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Function;

/**
 * A model that answers from a script, one entry for each call in order, and records what it was asked. Texts are
 * streamed word by word; usage counts words. Asked more often than the script is long, it fails with
 * {@code scripted:SCRIPT_ENDED}.
 */
public final class ScriptedModel implements ModelProvider {

    /** The only model's id. */
    public static final String MODEL = "scripted";

    private final String provider;
    private final Deque<Function<ChatRequest, Message.Assistant>> script = new ArrayDeque<>();
    private final List<ChatRequest> requests = new ArrayList<>();
    private int calls;

    private ScriptedModel(String provider) {
        this.provider = provider;
    }

    /** A provider of that name with the one model {@value #MODEL} and an empty script. */
    public static ScriptedModel named(String provider) {
        return new ScriptedModel(provider);
    }

    /** Next, answers that text. */
    public ScriptedModel answers(String text) {
        return answersWith(request -> Message.Assistant.of(text));
    }

    /** Next, asks for that tool to be called; the call's id is {@code call_n} by the number of the model's call. */
    public synchronized ScriptedModel callsTool(String tool, JsonObject arguments) {
        calls++;
        String id = "call_" + calls;
        return answersWith(request -> new Message.Assistant("", List.of(new ToolCall(id, tool, arguments))));
    }

    /** Next, fails. */
    public ScriptedModel fails(AgentOsException failure) {
        return answersWith(request -> {
            throw failure;
        });
    }

    /** Next, answers what the function makes of the request. */
    public synchronized ScriptedModel answersWith(Function<ChatRequest, Message.Assistant> answer) {
        script.add(answer);
        return this;
    }

    /** What was asked so far, in order. */
    public synchronized List<ChatRequest> requests() {
        return List.copyOf(requests);
    }

    @Override
    public String provider() {
        return provider;
    }

    @Override
    public List<ModelDescription> models() {
        return List.of(new ModelDescription(MODEL, "Answers from a script; for tests.", 0, true));
    }

    @Override
    public ChatResponse chat(ChatRequest request, ChatListener listener, CallContext call) {
        if (!request.model().equals(MODEL)) {
            throw failure("UNKNOWN_MODEL", "There is no model " + request.model() + ".", "Ask for " + MODEL + ".");
        }
        Message.Assistant answer = next(request).apply(request);
        for (String word : answer.text().split("(?<=\\s)(?=\\S)")) {
            if (!word.isEmpty()) {
                listener.onText(word);
            }
        }
        FinishReason finish = answer.toolCalls().isEmpty() ? FinishReason.STOP : FinishReason.TOOL_CALLS;
        return new ChatResponse(answer, new Usage(words(request), words(answer.text())), finish);
    }

    private synchronized Function<ChatRequest, Message.Assistant> next(ChatRequest request) {
        requests.add(request);
        if (script.isEmpty()) {
            throw failure(
                    "SCRIPT_ENDED",
                    "The script has no answer for call " + requests.size() + ".",
                    "Add one to the test.");
        }
        return script.remove();
    }

    private static long words(ChatRequest request) {
        return request.messages().stream()
                .filter(Message.User.class::isInstance)
                .mapToLong(message -> words(((Message.User) message).text()))
                .sum();
    }

    private static long words(String text) {
        return text.isBlank() ? 0 : text.strip().split("\\s+").length;
    }

    private static AgentOsException failure(String name, String message, String action) {
        return new AgentOsException(ErrorCode.of("scripted", name, ErrorType.USER, false), message, action);
    }
}
