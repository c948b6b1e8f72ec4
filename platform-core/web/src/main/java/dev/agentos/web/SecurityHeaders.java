package dev.agentos.web;

import org.eclipse.jetty.http.HttpFields;

/** The headers of every answer: nothing is cached, sniffed, framed or run, and the trace is told. */
final class SecurityHeaders {

    private SecurityHeaders() {}

    static void addTo(HttpFields.Mutable fields, Trace trace) {
        fields.put("traceparent", trace.traceparent());
        fields.put("X-Content-Type-Options", "nosniff");
        fields.put("X-Frame-Options", "DENY");
        fields.put("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
        fields.put("Referrer-Policy", "no-referrer");
        fields.put("Cross-Origin-Resource-Policy", "same-origin");
        fields.put("Cache-Control", "no-store");
    }
}
