package dev.agentos.packresearch;

import dev.agentos.spi.AgentDefinition;
import dev.agentos.spi.AgentOsExtension;
import dev.agentos.spi.AgentPack;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonBoolean;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import java.util.List;

/** The pack with its one agent, {@code research}. */
@AgentOsExtension
public final class ResearchPack implements AgentPack {

    private static final String SYSTEM = """
        Answer the question from the passages alone. Behind each statement cite the passage that it rests on by its \
        id in square brackets, as in [p1]. If the passages do not answer the question, say so and cite nothing.\
        """;

    private static final JsonObject CONFIGURATION = JsonObject.of(
            "model", Values.DEFAULT_MODEL,
            "embeddingModel", Values.DEFAULT_EMBEDDING_MODEL,
            "passages", Values.DEFAULT_PASSAGES,
            "reuseEmbeddings", true);

    /** The pack; made by the host. */
    public ResearchPack() {}

    @Override
    public String title() {
        return "Research";
    }

    @Override
    public String description() {
        return "Answers questions from documents that you pass along or keep in the workspace, and cites where each"
                + " answer stands. Works without any key, by quoting; with a language model it writes answers.";
    }

    @Override
    public JsonObject configurationSchema() {
        return JsonObject.of(
                "type",
                "object",
                "properties",
                JsonObject.of(
                        "model",
                        setting("string", "Model", "The model that answers, as provider/model.", Values.DEFAULT_MODEL),
                        "embeddingModel",
                        setting(
                                "string",
                                "Embedding model",
                                "The model that embeds passages, as provider/model.",
                                Values.DEFAULT_EMBEDDING_MODEL),
                        "passages",
                        setting(
                                        "integer",
                                        "Passages",
                                        "How many passages the model gets to see.",
                                        Values.DEFAULT_PASSAGES)
                                .with("minimum", 1)
                                .with("maximum", 50),
                        "reuseEmbeddings",
                        setting(
                                "boolean",
                                "Use embeddings again",
                                "Whether embeddings of earlier executions are used again.",
                                true)),
                "additionalProperties",
                false);
    }

    @Override
    public List<AgentDefinition> agents() {
        return List.of(new AgentDefinition(
                "research",
                "Answers a question from documents, with citations.",
                inputSchema(),
                CONFIGURATION,
                graph()));
    }

    private static JsonObject inputSchema() {
        JsonObject document = JsonObject.of(
                "type", "object",
                "properties",
                        JsonObject.of(
                                "name", described("string", "The document's name, by which it is cited."),
                                "text", described("string", "The document's content.")),
                "required", List.of("name", "text"));
        return JsonObject.of(
                "type",
                "object",
                "properties",
                JsonObject.of(
                        "question",
                                described("string", "What you want to know.").with("minLength", 1),
                        "documents",
                                described("array", "The documents to answer from.")
                                        .with("items", document),
                        "folder", described("string", "A folder of the workspace whose documents are added.")),
                "required",
                List.of("question"),
                "additionalProperties",
                false);
    }

    private static GraphDefinition graph() {
        return GraphDefinition.named("research")
                .describedAs(
                        "Reads and splits documents, finds the nearest passages, answers, and checks the citations.")
                .channel("question", "string", "last")
                .channel("documents", "array", "last", JsonArray.EMPTY)
                .channel("folder", "string", "last", new JsonString(""))
                .channel("passages", "array", "last", JsonArray.EMPTY)
                .channel("embedded", "object", "last")
                .channel("retrieved", "array", "last", JsonArray.EMPTY)
                .channel("answer", "string", "last")
                .channel("found", "boolean", "last", JsonBoolean.FALSE)
                .channel("citations", "array", "last", JsonArray.EMPTY)
                .node("ingest", "research.ingest", JsonObject.EMPTY)
                .node("embed", "research.embed", JsonObject.EMPTY)
                .node("retrieve", "research.retrieve", JsonObject.EMPTY)
                .node(
                        "answer",
                        "llm",
                        JsonObject.of(
                                "system", SYSTEM,
                                "prompt", "{{question}}",
                                "passages", "retrieved",
                                "output", "answer"))
                .node("check", "research.check", JsonObject.EMPTY)
                .node(
                        "notfound",
                        "transform",
                        JsonObject.of(
                                "set",
                                JsonObject.of(
                                        "answer", "'I found nothing in the documents that answers this question.'",
                                        "citations", "[]")))
                .edge(GraphDefinition.START, "ingest")
                .edge("ingest", "embed")
                .edge("embed", "retrieve")
                .edge("retrieve", "answer")
                .edge("answer", "check")
                .edge("check", GraphDefinition.END, "found")
                .edge("check", "notfound", "!found")
                .edge("notfound", GraphDefinition.END)
                .build();
    }

    private static JsonObject described(String type, String description) {
        return JsonObject.of("type", type, "description", description);
    }

    private static JsonObject setting(String type, String title, String description, Object value) {
        return described(type, description).with("title", title).with("default", value);
    }
}
