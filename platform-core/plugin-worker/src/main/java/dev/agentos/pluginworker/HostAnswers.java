package dev.agentos.pluginworker;

import dev.agentos.kernel.Latest;
import dev.agentos.spi.CallContext;
import dev.agentos.spi.ChatListener;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.PluginContext;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What the host lends, for a plugin that asks from its own process. Each asks the same objects as a plugin in the
 * server's process would be given, which check its grants; what belongs to a call is that call's, whatever the request
 * says.
 */
final class HostAnswers {

    private static final int MOST_CONTEXTS = 2_000;
    private static final int PART = 1 << 20;

    /** The context with which the plugin was started. */
    static final long STARTED = 0;

    private final PluginContext started;
    private final Map<Long, PluginContext> contexts = new Latest<>(MOST_CONTEXTS);
    private final Map<PluginContext, Long> numbers = new IdentityHashMap<>();
    private long last = STARTED;

    HostAnswers(PluginContext started) {
        this.started = started;
    }

    /** What a call tells the plugin before it begins. */
    JsonObject described(CallContext call) {
        PluginContext context = call.plugin();
        return JsonObject.of(
                "tenant", call.tenant(),
                "execution", call.execution().orElse(null),
                "deadline", call.deadline().toString(),
                "idempotencyKey", call.idempotencyKey(),
                "configuration", call.configuration(),
                "context", number(context),
                "settings", context == started ? null : context.configuration());
    }

    private synchronized long number(PluginContext context) {
        if (context == started) {
            return STARTED;
        }
        Long known = numbers.get(context);
        if (known != null && contexts.get(known) == context) {
            return known;
        }
        last++;
        contexts.put(last, context);
        numbers.put(context, last);
        numbers.values().retainAll(contexts.keySet());
        return last;
    }

    private synchronized PluginContext context(long number) {
        PluginContext found = number == STARTED ? started : contexts.get(number);
        if (found == null) {
            throw new IllegalStateException("The tenant's settings have changed since");
        }
        return found;
    }

    /** Answers what is asked in no call. */
    JsonObject outside(JsonObject request) {
        String what = Values.text(request, "ask");
        if (what.equals("secret")) {
            return JsonObject.of(
                    "value",
                    context(Values.number(request, "context"))
                            .secret(Values.text(request, "name"))
                            .orElse(null));
        }
        throw new IllegalArgumentException("Nobody answers '" + what + "' outside a call");
    }

    /** Answers what is asked in a call. */
    JsonObject inside(CallContext call, ChatListener listener, JsonObject request, Consumer<String> parts) {
        return switch (Values.text(request, "ask")) {
            case "text" -> {
                listener.onText(Values.text(request, "text"));
                yield JsonObject.EMPTY;
            }
            case "emit" -> {
                call.emit(Values.text(request, "name"), Values.object(request, "data"));
                yield JsonObject.EMPTY;
            }
            case "tool" ->
                Values.write(call.tools().call(Values.text(request, "tool"), Values.object(request, "arguments")));
            case "chat" ->
                Values.write(call.models().chat(Values.chatRequest(Values.object(request, "request")), parts::accept));
            case "embed" ->
                Values.write(call.models().embed(Values.embeddingRequest(Values.object(request, "request"))));
            case "read" -> JsonObject.of("parts", parts(call.files().read(Values.text(request, "path"))));
            case "list" -> JsonObject.of("files", call.files().list(Values.text(request, "path")));
            case "get" -> JsonObject.of("values", call.state().get(Values.texts(request, "keys")));
            case "put" -> {
                Map<String, JsonValue> values =
                        new LinkedHashMap<>(Values.object(request, "values").members());
                call.state().put(values);
                yield JsonObject.EMPTY;
            }
            case "remove" -> {
                call.state().remove(Values.texts(request, "keys"));
                yield JsonObject.EMPTY;
            }
            default -> throw new IllegalArgumentException("Nobody answers '" + Values.text(request, "ask") + "'");
        };
    }

    /** Bytes as texts that are not too long for one. */
    private static List<String> parts(byte[] bytes) {
        List<String> parts = new ArrayList<>();
        for (int from = 0; from < bytes.length; from += PART) {
            parts.add(Base64.getEncoder()
                    .encodeToString(Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + PART))));
        }
        return parts;
    }

    /** Takes down what the plugin wrote or measured. */
    void noted(JsonObject note) {
        String[] tags = Values.texts(note, "tags").toArray(String[]::new);
        switch (Values.text(note, "note")) {
            case "log" -> started.logger().log(Level.valueOf(Values.text(note, "level")), Values.text(note, "text"));
            case "count" -> started.metrics().count(Values.text(note, "name"), amount(note), tags);
            case "gauge" -> started.metrics().gauge(Values.text(note, "name"), amount(note), tags);
            case "time" ->
                started.metrics().time(Values.text(note, "name"), Duration.ofNanos(Values.number(note, "nanos")), tags);
            default -> throw new IllegalArgumentException("Nobody takes down '" + Values.text(note, "note") + "'");
        }
    }

    private static double amount(JsonObject note) {
        return note.number("amount").orElseThrow().value().doubleValue();
    }
}
