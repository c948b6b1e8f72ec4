package dev.agentos.providerlocal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.ChatOptions;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.ChatResponse;
import dev.agentos.spi.Content;
import dev.agentos.spi.Effect;
import dev.agentos.spi.FinishReason;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Message;
import dev.agentos.spi.ModelProvider;
import dev.agentos.spi.ToolDescription;
import dev.agentos.spi.ToolResult;
import dev.agentos.testkit.FakeCallContext;
import dev.agentos.testkit.FakePluginContext;
import dev.agentos.testkit.ModelProviderContract;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ExtractiveModelProviderTest extends ModelProviderContract {

    private static final Content.Passage REFUNDS = new Content.Passage("p1", "returns.md", """
        ## Returns

        Customers may ask for a refund within 30 days of the purchase. The refund is paid back to the card that was
        used. Shipping costs are not refunded.
        """);
    private static final Content.Passage BATTERY = new Content.Passage("p2", "device.md", """
        The battery lasts about ten hours. Charge it with the supplied adapter only. A full charge takes
        two hours. The display can be dimmed in the settings.
        """);
    private static final ToolDescription GREET =
            new ToolDescription("hello.greet", "Greets a person by name.", stringSchema("name"), Effect.PURE);
    private static final ToolDescription TRANSFER = new ToolDescription(
            "bank.transfer",
            "Transfers money to an account.",
            stringSchema("account", "amount"),
            Effect.NON_IDEMPOTENT);

    private final ExtractiveModelProvider provider = new ExtractiveModelProvider();
    private final List<String> streamed = new ArrayList<>();

    @BeforeEach
    void start() {
        provider.start(FakePluginContext.of("provider-local"));
    }

    @AfterEach
    void stop() {
        provider.stop();
    }

    @Override
    protected ModelProvider provider() {
        return provider;
    }

    @Override
    protected ChatRequest goodRequest() {
        return request(List.of(), new Content.Text("How long does the battery last?"), REFUNDS, BATTERY);
    }

    @Test
    void quotesTheSentenceThatAnswersWithItsCitation() {
        assertThat(answer("How long does the battery last?").message().text())
                .startsWith("The battery lasts about ten hours. [p2]");
        assertThat(answer("Until when can I get my money back?").message().text())
                .contains("Customers may ask for a refund within 30 days of the purchase. [p1]");
        assertThat(answer("How long does charging take?").message().text())
                .contains("A full charge takes two hours. [p2]");
        assertThat(answer("Do I get the delivery fee back?").message().text())
                .contains("Shipping costs are not refunded. [p1]");
    }

    @Test
    void saysPlainlyThatNothingFits() {
        assertThat(answer("Who won the football world cup in 1990?").message().text())
                .isEqualTo(ExtractiveModelProvider.NOTHING_FOUND);
        assertThat(answer("What is the capital of Mongolia?").message().text())
                .isEqualTo(ExtractiveModelProvider.NOTHING_FOUND);
        assertThat(answer("Which wine goes with fish?").message().text())
                .isEqualTo(ExtractiveModelProvider.NOTHING_FOUND);
    }

    @Test
    void streamsSentenceBySentence() {
        ChatResponse response = answer("How is the battery charged and how long does it last?");
        assertThat(streamed).hasSizeBetween(2, 3).allMatch(piece -> piece.endsWith("[p2]"));
        assertThat(String.join("", streamed)).isEqualTo(response.message().text());
        assertThat(response.usage().inputTokens()).isPositive();
    }

    @Test
    void saysTheSameThingOnce() {
        Content.Passage copy = new Content.Passage("p3", "copy.md", BATTERY.text());
        ChatResponse response =
                chat(request(List.of(), new Content.Text("How long does the battery last?"), BATTERY, copy));
        assertThat(response.message().text()).containsOnlyOnce("The battery lasts about ten hours.");
    }

    @Test
    void picksTheNearestToolAndFillsItsOnlyText() {
        ChatResponse response = chat(
                request(List.of(TRANSFER, GREET), new Content.Text("Please greet the person called \"Ada Lovelace\"")));
        assertThat(response.finish()).isEqualTo(FinishReason.TOOL_CALLS);
        assertThat(response.message().toolCalls()).singleElement().satisfies(toolCall -> {
            assertThat(toolCall.tool()).isEqualTo("hello.greet");
            assertThat(toolCall.arguments()).isEqualTo(JsonObject.of("name", "Ada Lovelace"));
        });
    }

    @Test
    void saysThatItCannotFillSeveralArguments() {
        ChatResponse response = chat(
                request(List.of(TRANSFER, GREET), new Content.Text("Transfer 50 euros of money to the account 12345")));
        assertThat(response.message().toolCalls()).isEmpty();
        assertThat(response.message().text()).contains("bank.transfer").contains("account, amount");
    }

    @Test
    void reportsWhatAToolAnswered() {
        ChatRequest asked = request(List.of(GREET), new Content.Text("Greet Ada"));
        List<Message> messages = new ArrayList<>(asked.messages());
        messages.add(new Message.ToolAnswer(
                "call_1", "hello.greet", ToolResult.of(JsonObject.of("greeting", "Hello, Ada!"))));
        ChatResponse response = chat(new ChatRequest("extractive", messages, List.of(GREET), ChatOptions.DEFAULTS));
        assertThat(response.message().text())
                .isEqualTo("The tool hello.greet answered: {\"greeting\":\"Hello, Ada!\"}");
    }

    @Test
    void withoutPassagesAndToolsItSaysWhatItIs() {
        assertThat(chat(request(List.of(), new Content.Text("Tell me a joke")))
                        .message()
                        .text())
                .isEqualTo(ExtractiveModelProvider.NO_PASSAGES);
    }

    private ChatResponse answer(String question) {
        return chat(request(List.of(), new Content.Text(question), REFUNDS, BATTERY));
    }

    private ChatResponse chat(ChatRequest request) {
        streamed.clear();
        return provider.chat(request, streamed::add, FakeCallContext.create());
    }

    private static ChatRequest request(List<ToolDescription> tools, Content... content) {
        return new ChatRequest("extractive", List.of(new Message.User(List.of(content))), tools, ChatOptions.DEFAULTS);
    }

    private static JsonObject stringSchema(String... names) {
        JsonObject properties = JsonObject.EMPTY;
        for (String name : names) {
            properties = properties.with(name, JsonObject.of("type", "string"));
        }
        return JsonObject.of("type", "object", "properties", properties, "required", List.of(names));
    }
}
