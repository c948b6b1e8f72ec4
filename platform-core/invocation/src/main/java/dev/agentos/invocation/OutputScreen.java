package dev.agentos.invocation;

import dev.agentos.invocation.checks.CheckedThing;
import dev.agentos.invocation.internal.PolicyCall;
import dev.agentos.policy.Decision;
import dev.agentos.policy.PolicyErrorCode;
import dev.agentos.redaction.ChatRedaction;
import dev.agentos.redaction.Redactor;
import dev.agentos.redaction.StreamRedactor;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ChatListener;
import dev.agentos.spi.ChatResponse;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.ToolCall;
import dev.agentos.spi.ToolResult;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Stands between what a model or tool gives in one call and everybody who would see it. Where the rules can tell before
 * the answer is there, a stream passes at once, with what they name replaced; otherwise it is held until they can.
 */
final class OutputScreen {

    private final PolicyGate gate;
    private final PolicyCall call;
    private final Optional<Decision> foreseen;
    private final Optional<Redactor> redactor;
    private final Optional<Redactor> heard;
    private final Optional<StreamRedactor> stream;
    private @Nullable ChatListener listener;

    OutputScreen(PolicyGate gate, PolicyCall call, Optional<Decision> foreseen) {
        this.gate = gate;
        this.call = call;
        this.foreseen = foreseen;
        this.redactor = foreseen.flatMap(decision -> gate.redactor(call, decision));
        // Of its own, so that what is both heard and kept counts once.
        this.heard = foreseen.flatMap(decision -> gate.redactor(call, decision));
        this.stream = heard.map(Redactor::stream);
    }

    /** What hears the text instead, on the plugin's thread. */
    ChatListener hearing(ChatListener outer) {
        listener = outer;
        if (foreseen.isEmpty()) {
            // What may yet be blocked is told with the answer.
            return ChatListener.NONE;
        }
        return stream.<ChatListener>map(redacting -> text -> tell(outer, redacting.add(text)))
                .orElse(outer);
    }

    /**
     * What the rules come to about an answer, which nobody is told of yet.
     *
     * @param offered the names of the tools that the model may ask for
     */
    GateChecks.Checked verdict(ChatResponse response, Set<String> offered) {
        return foreseen.map(decision -> new GateChecks.Checked(decision, Optional.empty()))
                .orElseGet(() -> gate.verdict(
                        call.answered(response.message().text() + said(response), given(response, offered), false)));
    }

    /**
     * The answer as others may see it; what was held back of its text is told before.
     *
     * @param verdict what the rules have come to about it
     * @throws AgentOsException {@code policy:DENIED}
     */
    ChatResponse passed(ChatResponse response, GateChecks.Checked verdict) {
        Decision decision = verdict.decision();
        decision.requireNotDenied(call.named());
        Optional<Redactor> redacting = foreseen.isPresent() ? redactor : gate.redactor(call, decision);
        ChatResponse passed =
                redacting.map(one -> new ChatRedaction(one).response(response)).orElse(response);
        redacting.ifPresent(one -> gate.keep(call, one));
        heard.ifPresent(one -> gate.remember(call, one));
        ChatListener outer = listener;
        if (outer != null) {
            tell(
                    outer,
                    foreseen.isEmpty()
                            ? passed.message().text()
                            : stream.map(StreamRedactor::end).orElse(""));
        }
        return passed;
    }

    /** The same for a tool's. */
    ToolResult passed(ToolResult result) {
        JsonObject given = JsonObject.of("value", result.output());
        Decision decision = foreseen.orElseGet(
                () -> gate.judged(call.answered(result.output().toString(), given, result.failed())));
        Optional<Redactor> redacting = foreseen.isPresent() ? redactor : gate.redactor(call, decision);
        ToolResult passed =
                redacting.map(one -> new ChatRedaction(one).result(result)).orElse(result);
        redacting.ifPresent(one -> gate.keep(call, one));
        return passed;
    }

    /** Makes the call; what it fails by is replaced in as well. */
    <R> R around(Supplier<R> work) {
        try {
            return work.get();
        } catch (AgentOsException e) {
            Optional<Redactor> redacting = foreseen.isPresent() ? redactor : failed(e);
            AgentOsException told =
                    redacting.map(one -> new ChatRedaction(one).failure(e)).orElse(e);
            redacting.ifPresent(one -> gate.keep(call, one));
            heard.ifPresent(one -> gate.remember(call, one));
            throw told;
        }
    }

    /** What it fails by is told as well, to people and to models: a scan or a condition that minds it denies it. */
    private Optional<Redactor> failed(AgentOsException e) {
        String said = e.getMessage() + "\n" + e.action();
        PolicyCall told = call.answered(String.valueOf(e.getMessage()), JsonObject.of("value", said), true);
        Decision decision = gate.unchecked(told);
        if (!(e.errorCode() instanceof PolicyErrorCode)) {
            gate.requireClean(told, decision);
        }
        return gate.redactor(call, decision);
    }

    private static JsonObject given(ChatResponse response, Set<String> offered) {
        List<ToolCall> asked = response.message().toolCalls();
        return JsonObject.of(
                "text",
                response.message().text(),
                "asked",
                asked.stream().map(ToolCall::arguments).toList(),
                CheckedThing.GOES_ON,
                asked.stream().map(ToolCall::tool).anyMatch(offered::contains));
    }

    private static String said(ChatResponse response) {
        StringBuilder asked = new StringBuilder();
        response.message().toolCalls().forEach(one -> asked.append('\n').append(one.arguments()));
        return asked.toString();
    }

    private static void tell(ChatListener outer, String text) {
        if (!text.isEmpty()) {
            outer.onText(text);
        }
    }
}
