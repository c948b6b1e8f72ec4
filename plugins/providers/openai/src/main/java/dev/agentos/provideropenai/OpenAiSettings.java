package dev.agentos.provideropenai;

import dev.agentos.langchain4jsupport.StreamingHttpClient;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.DeclaredFacts;
import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.PluginContext;
import dev.langchain4j.http.client.HttpClientBuilder;
import dev.langchain4j.http.client.jdk.JdkHttpClientBuilder;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the administrator configures: {@code baseUrl}, {@code organization}, and {@code timeout} as an ISO 8601
 * duration.
 *
 * @param baseUrl the server, with the path's beginning
 * @param organization OpenAI's organization
 * @param timeout the longest wait for a connection, for the first piece of an answer and between two pieces
 * @param key the key; a server of one's own may need none
 */
record OpenAiSettings(String baseUrl, Optional<String> organization, Duration timeout, Optional<String> key) {

    static final String PROVIDER = "openai";
    private static final String OPENAI = "https://api.openai.com/v1";
    private static final Duration LONGEST_TIMEOUT = Duration.ofDays(1);
    private static final Duration LONGEST_CONNECT = Duration.ofSeconds(10);

    static OpenAiSettings of(PluginContext context) {
        JsonObject configuration = context.configuration();
        String baseUrl = configuration.text("baseUrl").orElse(OPENAI);
        Optional<String> key = context.secret("OPENAI_API_KEY").filter(text -> !text.isBlank());
        if (key.isEmpty() && baseUrl.equals(OPENAI)) {
            throw new AgentOsException(
                    ErrorCode.of(PROVIDER, "KEY_MISSING", ErrorType.USER, false),
                    "The secret OPENAI_API_KEY is not set.",
                    "Set it, or configure the baseUrl of a server that needs no key.");
        }
        return new OpenAiSettings(baseUrl, configuration.text("organization"), timeout(configuration), key);
    }

    /** OpenAI's own server is where everybody knows; of another nothing is known. */
    static DeclaredFacts usualFacts(PluginContext context) {
        return context.configuration().text("baseUrl").orElse(OPENAI).equals(OPENAI)
                ? new DeclaredFacts("us", "US", "P30D")
                : DeclaredFacts.NONE;
    }

    /** The HTTP client, named here: a look-up would depend on the thread's class loader. */
    HttpClientBuilder httpClient() {
        Duration connect = timeout.compareTo(LONGEST_CONNECT) < 0 ? timeout : LONGEST_CONNECT;
        HttpClientBuilder others = new JdkHttpClientBuilder()
                .httpClientBuilder(client())
                .connectTimeout(connect)
                .readTimeout(timeout);
        return StreamingHttpClient.builder(
                others, client().connectTimeout(connect).build());
    }

    private static HttpClient.Builder client() {
        return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).followRedirects(HttpClient.Redirect.NEVER);
    }

    /** Without the key. */
    @Override
    public String toString() {
        return "OpenAiSettings[" + baseUrl + "]";
    }

    private static Duration timeout(JsonObject configuration) {
        String text = configuration.text("timeout").orElse("PT60S");
        try {
            Duration timeout = Duration.parse(text);
            if (timeout.isPositive() && timeout.compareTo(LONGEST_TIMEOUT) <= 0) {
                return timeout;
            }
        } catch (DateTimeParseException e) {
            throw invalid(text, e);
        }
        throw invalid(text, null);
    }

    private static AgentOsException invalid(String timeout, @Nullable Throwable cause) {
        return new AgentOsException(
                ErrorCode.of(PROVIDER, "INVALID_CONFIGURATION", ErrorType.USER, false),
                "The timeout '" + timeout + "' is not an ISO 8601 duration of more than 0 and at most a day.",
                "Write it as in PT60S.",
                cause);
    }
}
