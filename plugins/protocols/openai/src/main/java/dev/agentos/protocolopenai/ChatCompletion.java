package dev.agentos.protocolopenai;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.CallContext;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.ProtocolResponse;
import dev.agentos.spi.ResponseStream;
import dev.agentos.spi.TenantExecutions;
import dev.agentos.spi.TenantExecutions.Event;
import dev.agentos.spi.TenantExecutions.Lifetime;
import dev.agentos.spi.TenantExecutions.State;
import dev.agentos.spi.TenantExecutions.Status;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** One chat completion: an execution of an agent, and its answer at once or in chunks. */
final class ChatCompletion {

    /** Left at the end of the call's time for an answer that says that time is up. */
    private static final Duration RESERVE = Duration.ofSeconds(2);

    /** The events behind which nothing comes, or not without a person. */
    private static final Set<String> RESTS = Set.of(
            "execution.succeeded",
            "execution.failed",
            "execution.cancelled",
            "execution.timed_out",
            "execution.waiting");

    private static final Duration SILENCE = Duration.ofSeconds(10);

    private final ChatTask task;
    private final TenantExecutions.Agent agent;
    private final TenantExecutions executions;
    private final CallContext call;
    private final long created;

    ChatCompletion(ChatTask task, TenantExecutions.Agent agent, TenantExecutions executions, CallContext call) {
        this.task = task;
        this.agent = agent;
        this.executions = executions;
        this.call = call;
        this.created = now().getEpochSecond();
    }

    Optional<ProtocolResponse> answer(ResponseStream stream) {
        Status started = executions.start(agent.id(), task.input(agent), Lifetime.OF_THE_CALL);
        if (task.streamed()) {
            streamed(started.id(), stream);
            return Optional.empty();
        }
        return Optional.of(notAgain(whole(started.id())));
    }

    private ProtocolResponse whole(String execution) {
        try {
            Status ended = executions.awaitRest(execution, left());
            return ended.state() == State.SUCCEEDED
                    ? ProtocolResponse.ofJson(200, completion(ended))
                    : OpenAiError.of(ended).response();
        } catch (AgentOsException failure) {
            if (call.cancelled()) {
                throw failure;
            }
            return OpenAiError.of(failure).response();
        }
    }

    /** The execution has had its effects, or has asked people; the client is to start no other. */
    private static ProtocolResponse notAgain(ProtocolResponse answer) {
        Map<String, List<String>> headers = new HashMap<>(answer.headers());
        headers.putAll(OpenAiError.NOT_AGAIN);
        return new ProtocolResponse(answer.status(), headers, answer.body());
    }

    private JsonObject completion(Status ended) {
        JsonObject message = JsonObject.of("role", "assistant", "content", text(ended), "refusal", JsonNull.NULL);
        JsonObject choice =
                JsonObject.of("index", 0, "message", message, "logprobs", JsonNull.NULL, "finish_reason", "stop");
        return shell(ended.id(), "chat.completion").with("choices", List.of(choice));
    }

    private String text(Status ended) {
        return ChatTask.answer(agent, ended.output().orElse(JsonObject.EMPTY));
    }

    private JsonObject shell(String execution, String object) {
        return JsonObject.of("id", "chatcmpl-" + execution, "object", object, "created", created, "model", agent.id());
    }

    /** What has begun ends in its own format as well: with {@code [DONE]}, or with an error. */
    private void streamed(String execution, ResponseStream stream) {
        Map<String, List<String>> headers = new HashMap<>(OpenAiError.NOT_AGAIN);
        headers.put("content-type", List.of("text/event-stream; charset=utf-8"));
        stream.begin(200, headers);
        try {
            delta(stream, execution, JsonObject.of("role", "assistant", "content", ""), JsonNull.NULL);
            Status ended = follow(execution, stream);
            if (ended.state() == State.SUCCEEDED) {
                delta(stream, execution, JsonObject.EMPTY, JsonValue.of("stop"));
                stream.write(bytes("data: [DONE]\n\n"));
            } else {
                data(stream, OpenAiError.of(ended).json());
            }
        } catch (AgentOsException failure) {
            if (call.cancelled()) {
                throw failure;
            }
            data(stream, OpenAiError.of(failure).json());
        }
    }

    /**
     * Sends the text as it comes. An agent without a chat may have models write for its own use alone, so that its
     * answer is what comes out in the end.
     */
    private Status follow(String execution, ResponseStream stream) {
        long last = 0;
        boolean said = false;
        while (true) {
            Duration left = left();
            List<Event> events = executions.awaitEvents(execution, last, shorter(left, SILENCE));
            for (Event event : events) {
                last = event.sequence();
                Optional<String> text = event.data().text("text").filter(piece -> !piece.isEmpty());
                if (event.type().equals("message") && agent.chat().isPresent() && text.isPresent()) {
                    said = true;
                    delta(stream, execution, JsonObject.of("content", text.get()), JsonNull.NULL);
                }
            }
            if (left.isZero()
                    || (!events.isEmpty() && RESTS.contains(events.getLast().type()))) {
                Status status = executions.awaitRest(execution, left);
                if (status.state() == State.SUCCEEDED && !said) {
                    delta(stream, execution, JsonObject.of("content", text(status)), JsonNull.NULL);
                }
                return status;
            }
            if (events.isEmpty()) {
                // A client that is gone shows when it is written to.
                stream.write(bytes(": still at it\n\n"));
            }
        }
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private void delta(ResponseStream stream, String execution, JsonObject delta, JsonValue finish) {
        JsonObject choice =
                JsonObject.of("index", 0, "delta", delta, "logprobs", JsonNull.NULL, "finish_reason", finish);
        data(stream, shell(execution, "chat.completion.chunk").with("choices", List.of(choice)));
    }

    private static void data(ResponseStream stream, JsonObject data) {
        stream.write(bytes("data: " + data + "\n\n"));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private Duration left() {
        Duration left = Duration.between(now(), call.deadline().minus(RESERVE));
        return left.isNegative() ? Duration.ZERO : left;
    }

    private Instant now() {
        return call.plugin().clock().instant();
    }
}
