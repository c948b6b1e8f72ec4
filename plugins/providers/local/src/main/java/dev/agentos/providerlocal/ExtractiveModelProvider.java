package dev.agentos.providerlocal;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.AgentOsExtension;
import dev.agentos.spi.CallContext;
import dev.agentos.spi.ChatListener;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.ChatResponse;
import dev.agentos.spi.Content;
import dev.agentos.spi.DeclaredFacts;
import dev.agentos.spi.Embedding;
import dev.agentos.spi.FinishReason;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.Message;
import dev.agentos.spi.ModelDescription;
import dev.agentos.spi.ModelProvider;
import dev.agentos.spi.PluginContext;
import dev.agentos.spi.ToolCall;
import dev.agentos.spi.ToolDescription;
import dev.agentos.spi.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A model that quotes. It is no language model: it writes nothing of its own but finds, by sentence embeddings, the
 * sentences of the given passages that are nearest to the last user message, and says so when there is none. Offered
 * tools and no fitting passage, it calls the tool whose description is nearest.
 */
@AgentOsExtension
public final class ExtractiveModelProvider implements ModelProvider {

    static final String NOTHING_FOUND = "I found nothing in the given passages that answers this.";
    static final String NO_PASSAGES =
            "I can only quote from passages or call a fitting tool, and was given neither for this.";

    private static final ModelDescription MODEL = new ModelDescription(
            "extractive",
            "Not a language model: quotes the sentences of the given passages that are nearest to the question, with"
                    + " their citations, or picks the nearest tool. Runs on this machine without a key.",
            0,
            true);

    /** The provider; made by the host. */
    public ExtractiveModelProvider() {}

    @Override
    public String provider() {
        return "local";
    }

    @Override
    public List<ModelDescription> models() {
        return List.of(MODEL);
    }

    @Override
    public DeclaredFacts facts() {
        return new DeclaredFacts("local", "", "none");
    }

    @Override
    public void start(PluginContext context) {
        SharedEmbedder.instance().enter(context.temporaryFolder());
    }

    @Override
    public void stop() {
        SharedEmbedder.instance().leave();
    }

    @Override
    public ChatResponse chat(ChatRequest request, ChatListener listener, CallContext call) {
        if (!request.model().equals(MODEL.id())) {
            throw new AgentOsException(
                    LocalErrorCode.UNKNOWN_MODEL,
                    "The local provider has no chat model '" + request.model() + "'.",
                    "Ask for local/" + MODEL.id() + ".");
        }
        if (!request.messages().isEmpty() && request.messages().getLast() instanceof Message.ToolAnswer answer) {
            return said(List.of(report(answer)), 0, listener);
        }
        Message.User user = lastUser(request);
        String question = Sentences.withoutMarkup(user.text());
        if (question.isBlank()) {
            throw new AgentOsException(
                    LocalErrorCode.INVALID_REQUEST, "The last user message has no text.", "Ask something in words.");
        }
        return answer(user, question, request.tools(), listener, call);
    }

    private static ChatResponse answer(
            Message.User user, String question, List<ToolDescription> tools, ChatListener listener, CallContext call) {
        List<Sentence> sentences = user.content().stream()
                .filter(Content.Passage.class::isInstance)
                .flatMap(passage -> Sentences.of((Content.Passage) passage).stream())
                .toList();
        List<String> texts = Stream.of(
                        Stream.of(question),
                        sentences.stream().map(Sentence::plain),
                        tools.stream().map(ToolSelection::text))
                .flatMap(part -> part)
                .toList();
        SentenceEmbedder.Result embedded = SharedEmbedder.instance().embed(texts, call);
        Embedding asked = embedded.embeddings().getFirst();
        int firstTool = 1 + sentences.size();

        List<Sentence> quotes =
                QuoteSelection.choose(sentences, embedded.embeddings().subList(1, firstTool), asked);
        if (!quotes.isEmpty()) {
            List<String> parts = quotes.stream()
                    .map(quote -> quote.quote() + " [" + quote.passage() + "]")
                    .toList();
            return said(parts, embedded.tokens(), listener);
        }
        Optional<ToolDescription> tool =
                ToolSelection.choose(tools, embedded.embeddings().subList(firstTool, texts.size()), asked);
        if (tool.isPresent()) {
            return toolAnswer(tool.get(), user.text(), embedded.tokens(), listener);
        }
        boolean passages = user.content().stream().anyMatch(Content.Passage.class::isInstance);
        return said(List.of(passages ? NOTHING_FOUND : NO_PASSAGES), embedded.tokens(), listener);
    }

    private static ChatResponse toolAnswer(
            ToolDescription tool, String request, long inputTokens, ChatListener listener) {
        Optional<JsonObject> arguments = ToolSelection.arguments(tool, request);
        if (arguments.isEmpty()) {
            String sentence = "The tool " + tool.name() + " fits best, but I cannot fill its arguments "
                    + String.join(", ", ToolSelection.required(tool)) + ": that takes a language model.";
            return said(List.of(sentence), inputTokens, listener);
        }
        ToolCall toolCall = new ToolCall("call_1", tool.name(), arguments.get());
        return new ChatResponse(
                new Message.Assistant("", List.of(toolCall)), new Usage(inputTokens, 0), FinishReason.TOOL_CALLS);
    }

    private static String report(Message.ToolAnswer answer) {
        String output = answer.result().output() instanceof JsonString(String text)
                ? text
                : answer.result().output().toString();
        return answer.result().failed()
                ? "The tool " + answer.tool() + " could not do it: " + output
                : "The tool " + answer.tool() + " answered: " + output;
    }

    private static Message.User lastUser(ChatRequest request) {
        for (Message message : request.messages().reversed()) {
            if (message instanceof Message.User user) {
                return user;
            }
        }
        throw new AgentOsException(
                LocalErrorCode.INVALID_REQUEST, "The chat has no user message.", "Add one with the question.");
    }

    private static ChatResponse said(List<String> parts, long inputTokens, ChatListener listener) {
        List<String> pieces = new ArrayList<>();
        for (String part : parts) {
            String piece = pieces.isEmpty() ? part : " " + part;
            pieces.add(piece);
            listener.onText(piece);
        }
        String text = String.join("", pieces);
        long words =
                Stream.of(text.split("\\s+")).filter(word -> !word.isEmpty()).count();
        return new ChatResponse(Message.Assistant.of(text), new Usage(inputTokens, words), FinishReason.STOP);
    }
}
