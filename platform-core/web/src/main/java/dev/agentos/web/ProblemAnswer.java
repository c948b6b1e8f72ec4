package dev.agentos.web;

import dev.agentos.kernel.Json;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** Answers a request with a problem where Jersey has no part in it, before anything of another answer was sent. */
public final class ProblemAnswer {

    private ProblemAnswer() {}

    /** Writes the answer. */
    public static void write(Problem problem, String traceId, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        UnreadBody.finish(request, response);
        byte[] body = Json.writeBytes(problem.toJson(request.getRequestURI(), traceId));
        response.setStatus(problem.status());
        response.setHeader("Content-Type", Problem.MEDIA_TYPE);
        if (problem.retryAfter() > 0 && response.getHeader("Retry-After") == null) {
            response.setHeader("Retry-After", String.valueOf(problem.retryAfter()));
        }
        problem.rateHeaders().forEach(response::setHeader);
        if (problem.status() == HttpServletResponse.SC_UNAUTHORIZED) {
            response.setHeader("WWW-Authenticate", "Bearer realm=\"agentos\"");
        }
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }
}
