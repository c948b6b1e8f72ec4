package dev.agentos.langchain4jsupport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.JsonObject;
import dev.langchain4j.exception.ContentFilteredException;
import dev.langchain4j.exception.HttpException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.RateLimitException;
import java.io.IOException;
import java.net.http.HttpTimeoutException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ProviderFailuresTest {

    private final ProviderFailures failures = new ProviderFailures("vendor");

    @Test
    void exceptionsBecomeCodes() {
        assertCode(new RateLimitException("x"), "vendor:RATE_LIMITED", true);
        assertCode(new HttpException(408, "x"), "vendor:TIMEOUT", true);
        assertCode(new HttpTimeoutException("x"), "vendor:TIMEOUT", true);
        assertCode(new HttpException(422, "x"), "vendor:INVALID_REQUEST", false);
        assertCode(new HttpException(502, "x"), "vendor:UNAVAILABLE", true);
        assertCode(new ContentFilteredException("x"), "vendor:CONTENT_FILTERED", false);
        assertCode(new LangChain4jException(new RuntimeException(new IOException("x"))), "vendor:UNAVAILABLE", true);
        assertCode(new IllegalStateException("x"), "vendor:FAILED", false);
    }

    @Test
    void whatTheProviderSaysStaysInTheCause() {
        RateLimitException limited = new RateLimitException("prompt text");
        assertThat(failures.of(limited)).hasCause(limited).hasMessageNotContaining("prompt text");
    }

    @Test
    void argumentsOfAToolCallAreAnObjectOrNothing() {
        assertThat(JsonConversion.object("{\"a\": [1, 2.50, null]}").map(JsonObject::toString))
                .contains("{\"a\":[1,2.50,null]}");
        assertThat(JsonConversion.object("")).contains(JsonObject.EMPTY);
        assertThat(JsonConversion.object("[1]")).isEqualTo(Optional.empty());
        assertThat(JsonConversion.object("{\"a\": 1} more")).isEmpty();
        assertThat(JsonConversion.object("{\"a\"")).isEmpty();
    }

    private void assertCode(Throwable thrown, String code, boolean retriable) {
        ErrorCode found = failures.of(thrown).errorCode();
        assertThat(found.code()).isEqualTo(code);
        assertThat(found.retriable()).isEqualTo(retriable);
    }
}
