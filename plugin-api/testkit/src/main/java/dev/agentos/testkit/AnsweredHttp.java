package dev.agentos.testkit;

import dev.agentos.spi.ErrorType;
import dev.agentos.spi.HttpAccess;
import dev.agentos.spi.HttpListener;
import dev.agentos.spi.HttpRequest;
import dev.agentos.spi.HttpResponse;
import java.util.Arrays;
import java.util.function.Function;

/** Requests that a test answers, with the bound of the host on their responses. */
record AnsweredHttp(Function<HttpRequest, HttpResponse> answer) implements HttpAccess {

    private static final int CHUNK = 16 * 1024;

    @Override
    public HttpResponse send(HttpRequest request) {
        HttpResponse response = answer.apply(request);
        if (response.body().length > request.maxResponseBytes()) {
            throw FakeCallContext.failure(
                    "http", "RESPONSE_TOO_LARGE", ErrorType.EXTERNAL, "The answer to " + request + " is too long.");
        }
        return response;
    }

    @Override
    public HttpResponse send(HttpRequest request, HttpListener listener) {
        HttpResponse response = send(request);
        byte[] body = response.body();
        HttpResponse head = new HttpResponse(response.status(), response.uri(), response.headers(), new byte[0]);
        for (int from = 0; from < body.length; from += CHUNK) {
            listener.onBytes(head, Arrays.copyOfRange(body, from, Math.min(body.length, from + CHUNK)));
        }
        return head;
    }
}
