package dev.agentos.spi;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Names and values of HTTP headers, as all requests and answers have them. */
final class HttpFields {

    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9a-z-]{1,128}");

    private HttpFields() {}

    /** A copy with names in lower case. */
    static Map<String, List<String>> lowerCase(Map<String, List<String>> headers) {
        Map<String, List<String>> copy = new LinkedHashMap<>();
        headers.forEach(
                (name, values) -> copy.merge(name.toLowerCase(Locale.ROOT), List.copyOf(values), HttpFields::joined));
        return Collections.unmodifiableMap(copy);
    }

    /** A copy with names in lower case, checked. */
    static Map<String, List<String>> checked(Map<String, List<String>> headers, Set<String> refused) {
        Map<String, List<String>> copy = lowerCase(headers);
        copy.forEach((name, values) -> {
            if (!TOKEN.matcher(name).matches()) {
                throw new IllegalArgumentException("'" + name + "' is no name of a header");
            }
            if (refused.contains(name)) {
                throw new IllegalArgumentException("The host sets the header '" + name + "' itself");
            }
            values.forEach(HttpFields::check);
        });
        return copy;
    }

    private static void check(String value) {
        if (value.length() > 8_192 || value.chars().anyMatch(c -> c != '\t' && (c < ' ' || c > 0xFF || c == 0x7F))) {
            throw new IllegalArgumentException(
                    "A header's value has at most 8,192 characters, of Latin-1, on one line");
        }
    }

    private static List<String> joined(List<String> before, List<String> more) {
        List<String> all = new ArrayList<>(before);
        all.addAll(more);
        return List.copyOf(all);
    }
}
