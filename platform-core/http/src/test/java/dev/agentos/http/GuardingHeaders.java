package dev.agentos.http;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;

/** The headers that every answer has, whatever it is. */
final class GuardingHeaders {

    private static final Map<String, String> WANTED = Map.of(
            "X-Content-Type-Options", "nosniff",
            "X-Frame-Options", "DENY",
            "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'",
            "Referrer-Policy", "no-referrer",
            "Cross-Origin-Resource-Policy", "same-origin",
            "Cache-Control", "no-store");

    private GuardingHeaders() {}

    /** Those that an answer has not, or otherwise, or more than once. */
    static List<String> missing(HttpResponse<?> answer) {
        return WANTED.entrySet().stream()
                .filter(wanted -> !answer.headers().allValues(wanted.getKey()).equals(List.of(wanted.getValue())))
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }
}
