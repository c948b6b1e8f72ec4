package dev.agentos.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Response;
import java.io.IOException;

/**
 * Answers a request behind Jersey, once the resource has done its part: how an event stream is checked like any other
 * request and then holds no thread.
 */
@FunctionalInterface
public interface HandOver {

    /** The name of the request attribute under which it is left. */
    String ATTRIBUTE = "dev.agentos.handover";

    /** Writes the answer, or starts to. */
    void answer(HttpServletRequest request, HttpServletResponse response) throws IOException;

    /** Is told when the request has ended otherwise: what was taken for the answer is free again. */
    default void unanswered() {}

    /** Leaves the rest of a request to this. */
    default Response from(ContainerRequestContext request) {
        request.setProperty(ATTRIBUTE, this);
        return Response.ok().build();
    }
}
