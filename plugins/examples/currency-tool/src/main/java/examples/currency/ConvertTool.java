package examples.currency;

import dev.agentos.spi.AgentOsExtension;
import dev.agentos.spi.CallContext;
import dev.agentos.spi.Effect;
import dev.agentos.spi.HttpAccess;
import dev.agentos.spi.HttpRequest;
import dev.agentos.spi.HttpResponse;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Metrics;
import dev.agentos.spi.PluginContext;
import dev.agentos.spi.Tool;
import dev.agentos.spi.ToolDescription;
import dev.agentos.spi.ToolResult;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Converts an amount of money at the rate that a service tells. */
@AgentOsExtension
public final class ConvertTool implements Tool {

    private static final JsonObject CODE = JsonObject.of("type", "string", "pattern", "^[A-Z]{3}$");

    private HttpAccess http;
    private Metrics metrics;
    private String baseUrl;
    private String key;

    @Override
    public void start(PluginContext context) {
        http = context.http();
        metrics = context.metrics();
        baseUrl = context.configuration().text("baseUrl").orElse("https://rates.example.com");
        key = context.secret("RATES_API_KEY").orElse("");
    }

    @Override
    public ToolDescription description() {
        JsonObject amount = JsonObject.of("type", "number", "description", "The amount to convert.");
        JsonObject arguments = JsonObject.of(
                "type", "object",
                "properties",
                        JsonObject.of(
                                "amount", amount,
                                "from", CODE.with("description", "The currency that you have, as in EUR."),
                                "to", CODE.with("description", "The currency that you want, as in USD.")),
                "required", List.of("amount", "from", "to"));
        return new ToolDescription(
                "currency.convert", "Converts an amount of money at the rate of the day.", arguments, Effect.PURE);
    }

    @Override
    public ToolResult call(JsonObject arguments, CallContext call) {
        String from = arguments.text("from").orElseThrow();
        String to = arguments.text("to").orElseThrow();
        BigDecimal amount = arguments.number("amount").orElseThrow().value();
        HttpResponse response = http.send(HttpRequest.get(baseUrl + "/rates/" + from)
                .withHeader("Authorization", "Bearer " + key)
                .withTimeout(Duration.ofSeconds(10)));
        metrics.count("requests", 1, "status", Integer.toString(response.status()));
        if (!response.successful()) {
            return ToolResult.failure("The service of rates answered " + response.status() + ".");
        }
        Optional<JsonNumber> rate =
                ((JsonObject) response.json()).object("rates").flatMap(rates -> rates.number(to));
        return rate.map(found -> ToolResult.of(JsonObject.of("amount", amount.multiply(found.value()), "currency", to)))
                .orElseGet(() -> ToolResult.failure("There is no rate from " + from + " to " + to + "."));
    }
}
