package dev.agentos.http;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonBoolean;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.zip.GZIPOutputStream;

/**
 * Makes up requests for the operations of an OpenAPI description: some that fit it, and some that are wrong in one
 * place. The same seed makes the same requests, as far as the answers that ids are taken from are the same.
 */
final class GeneratedRequests {

    /** What no field wants, and what breaks those who put texts together. */
    /** Their streams end when the client goes, or what they are about. */
    private static final Set<String> ENDLESS = Set.of("followChanges", "listPluginLogs");

    private static final List<String> HOSTILE = List.of(
            "",
            " ",
            "a\r\nX-Injected: 1\r\n\r\n",
            "' OR '1'='1'; DROP TABLE executions; --",
            "<script>alert(1)</script>",
            "${jndi:ldap://127.0.0.1/a}",
            "../../../../etc/passwd",
            "%00%0d%0a",
            "a\0b",
            "\0",
            "\u202eevil\u0007\u001b[2J",
            "\ud83d\ude00\ufffe\uffff",
            "null",
            "NaN",
            "9".repeat(400),
            "x".repeat(20_000),
            "{\"a\":1}",
            "(a+)+$",
            "PT99999999999999999999H",
            "2025-02-30T25:61:61Z",
            "+1000000000-01-01T00:00:00Z");

    /** Tried one after the other until one fits a pattern. */
    private static final List<String> WORDS = List.of("alpha", "USD", "alpha-1", "pack/agent", "1", "1.50", "all");

    private static final List<JsonValue> NUMBERS = List.of(
            JsonNumber.of(0),
            JsonNumber.of(-1),
            JsonNumber.of(Integer.MAX_VALUE),
            JsonNumber.of(Long.MIN_VALUE),
            new JsonNumber(new BigDecimal("9223372036854775808")),
            new JsonNumber(new BigDecimal("1E+300")),
            new JsonNumber(new BigDecimal("0.0000000000000000001")));

    private final JsonObject schemas;
    private final Random random;
    private final Map<String, List<String>> ids = new LinkedHashMap<>();

    /** One more than the fifths of what can be left out that an object may have; with 1, there is nothing of that. */
    private int most = 3;

    /**
     * A maker of requests.
     *
     * @param document the OpenAPI description
     * @param random where choices come from
     */
    GeneratedRequests(JsonObject document, Random random) {
        this.schemas = document.object("components")
                .flatMap(components -> components.object("schemas"))
                .orElseThrow();
        this.random = random;
    }

    /**
     * A request.
     *
     * @param method as in {@code GET}
     * @param path with its query
     * @param headers without the credential
     * @param body what is sent
     * @param about what is wrong with it, for whoever reads a finding
     */
    record Made(String method, String path, Map<String, String> headers, Optional<byte[]> body, String about) {

        /** As it is sent to an address, with that key. */
        HttpRequest.Builder request(URI address, String key) {
            HttpRequest.Builder request = HttpRequest.newBuilder(address)
                    .header("Authorization", "Bearer " + key)
                    .method(
                            method,
                            body.map(HttpRequest.BodyPublishers::ofByteArray)
                                    .orElse(HttpRequest.BodyPublishers.noBody()));
            headers.forEach(request::header);
            return request;
        }
    }

    /**
     * Ids that answers have told of may be used in later requests.
     *
     * @param place the path of their list, or the name of the member of a body that holds one
     * @param id one of them
     */
    void learn(String place, String id) {
        List<String> known = ids.computeIfAbsent(place, key -> new ArrayList<>());
        if (known.size() < 20) {
            known.add(id);
        }
    }

    /**
     * One request for an operation; about every third fits the description.
     *
     * @param plain fits for certain, with nothing that can be left out
     */
    Made next(String method, String path, JsonObject operation, boolean plain) {
        boolean fits = plain || random.nextInt(3) == 0;
        most = plain ? 1 : 3;
        Map<String, String> headers = new LinkedHashMap<>();
        StringBuilder about = new StringBuilder(fits ? "fits" : "");
        String place = place(path, fits, about);
        String query = parameters(operation, fits, headers, about);
        Optional<byte[]> body = operation
                .object("requestBody")
                .flatMap(described -> described.object("content"))
                .map(content -> body(content, fits, headers, about));
        return new Made(method, place + query, headers, body, about.toString());
    }

    private String place(String path, boolean fits, StringBuilder about) {
        Map<String, String> segments = new LinkedHashMap<>();
        for (String list : places(path)) {
            String name = path.substring(list.length() + 2, path.indexOf('}', list.length()));
            segments.put(list, segment(list, name, fits, about));
        }
        return filled(path, segments);
    }

    /** The parts of a path before its placeholders, as in {@code /tenants} and {@code /tenants/{tenant}/packs}. */
    static List<String> places(String path) {
        List<String> places = new ArrayList<>();
        for (int start = path.indexOf('{'); start >= 0; start = path.indexOf('{', start + 1)) {
            places.add(path.substring(0, start - 1));
        }
        return places;
    }

    /** A path with what stands for its placeholders, by their places. */
    static String filled(String path, Map<String, String> segments) {
        StringBuilder filled = new StringBuilder();
        int from = 0;
        for (String list : places(path)) {
            filled.append(path, from, list.length() + 1).append(segments.get(list));
            from = path.indexOf('}', list.length()) + 1;
        }
        return filled.append(path.substring(from)).toString();
    }

    private String segment(String list, String name, boolean fits, StringBuilder about) {
        List<String> known = ids.getOrDefault(list, List.of());
        if (!known.isEmpty() && (most == 1 || random.nextInt(4) > 0)) {
            return encoded(known.get(random.nextInt(known.size())));
        }
        if (name.equals("number")) {
            return fits ? "0" : String.valueOf(random.nextLong());
        }
        if (!fits && random.nextBoolean()) {
            String text = pick(HOSTILE).replaceAll("^$", " ");
            about.append(" path:").append(shown(text));
            return encoded(text.substring(0, Math.min(text.length(), 2_000)));
        }
        return list.endsWith("kill-switches")
                ? pick(List.of("platform", "tool", "agent"))
                : pick(WORDS).replace('/', '-');
    }

    private String parameters(JsonObject operation, boolean fits, Map<String, String> headers, StringBuilder about) {
        StringBuilder query = new StringBuilder();
        for (JsonValue one : operation.array("parameters").orElse(JsonArray.EMPTY)) {
            JsonObject parameter = (JsonObject) one;
            String name = parameter.text("name").orElseThrow();
            switch (parameter.text("in").orElseThrow()) {
                case "query" -> {
                    if (most > 1 && random.nextInt(3) == 0 || fits && name.equals("reason")) {
                        String value = fits ? queryValue(name) : pick(HOSTILE);
                        query.append(query.isEmpty() ? '?' : '&')
                                .append(name)
                                .append('=')
                                .append(encoded(value));
                        about.append(fits ? "" : " query " + name + ":" + shown(value));
                    }
                }
                case "header" -> header(name, fits, headers, about);
                default -> {
                    // A place in the path, which is filled already.
                }
            }
        }
        if (!fits && random.nextInt(10) == 0) {
            String accepted =
                    pick(List.of("x", "image/png", "application/json;q=5", "a/b;c=\"", "text/event-stream", ","));
            if (!ENDLESS.contains(operation.text("operationId").orElse("")) || !accepted.startsWith("text/")) {
                headers.put("Accept", accepted);
            }
        }
        if (!fits && random.nextInt(10) == 0) {
            query.append(query.isEmpty() ? '?' : '&').append("nobody-knows=1");
            about.append(" unknown query");
        }
        return query.toString();
    }

    private String queryValue(String name) {
        return switch (name) {
            case "limit" -> String.valueOf(1 + random.nextInt(200));
            case "dryRun" -> "true";
            case "from", "until", "to" -> "2026-01-01";
            default -> pick(WORDS);
        };
    }

    private void header(String name, boolean fits, Map<String, String> headers, StringBuilder about) {
        switch (name) {
            case "If-Match" ->
                headers.put(name, fits || random.nextBoolean() ? "*" : pick(List.of("\"x\"", "W/\"1\"", "x,")));
            case "Idempotency-Key" -> {
                if (random.nextInt(4) == 0) {
                    headers.put(name, fits ? "key-" + random.nextInt(1_000) : "k".repeat(5_000));
                }
            }
            case "Prefer", "Last-Event-ID" -> {
                if (fits && name.equals("Prefer") && random.nextInt(4) == 0) {
                    headers.put(name, "wait=1");
                } else if (!fits && random.nextBoolean()) {
                    headers.put(name, pick(List.of("wait=x", "-1", "99999999999999999999", "wait=-5")));
                }
            }
            default -> {
                if (!fits && random.nextInt(8) == 0) {
                    headers.put(name, pick(List.of("nobody", "..", "t".repeat(1_000))));
                    about.append(' ').append(name);
                }
            }
        }
    }

    private byte[] body(JsonObject content, boolean fits, Map<String, String> headers, StringBuilder about) {
        String type = content.members().keySet().stream()
                .filter(one -> one.endsWith("json"))
                .findFirst()
                .orElse(content.members().keySet().iterator().next());
        headers.put("Content-Type", type);
        JsonValue value = value(
                content.object(type).flatMap(media -> media.object("schema")).orElse(JsonObject.EMPTY), 0);
        if (fits) {
            return Json.writeBytes(value);
        }
        if (random.nextInt(3) > 0) {
            JsonValue broken = broken(value, about);
            return Json.writeBytes(broken);
        }
        return mangled(Json.write(value), headers, about);
    }

    /** A value that fits a schema, as far as the schema tells. */
    private JsonValue value(JsonObject schema, int depth) {
        Optional<String> reference = schema.text("$ref");
        if (reference.isPresent()) {
            String name = reference.get().substring(reference.get().lastIndexOf('/') + 1);
            return FittingBodies.of(name)
                    .filter(_ -> most == 1 || random.nextBoolean())
                    .map(JsonValue.class::cast)
                    .orElseGet(() -> value(schemas.object(name).orElseThrow(), depth));
        }
        Optional<JsonArray> choices = schema.array("enum");
        if (choices.isPresent()) {
            return pick(choices.get().items());
        }
        return switch (type(schema)) {
            case "object" -> object(schema, depth);
            case "array" -> new JsonArray(List.of(value(schema.object("items").orElse(JsonObject.EMPTY), depth + 1)));
            case "string" -> new JsonString(text(schema));
            case "integer" -> JsonNumber.of(whole(schema));
            case "number" -> new JsonNumber(new BigDecimal("0.5"));
            case "boolean" -> JsonBoolean.of(random.nextBoolean());
            case "null" -> JsonNull.NULL;
            default ->
                depth > 3
                        ? new JsonString("deep")
                        : pick(List.of(JsonObject.EMPTY, new JsonString("x"), JsonNumber.of(1)));
        };
    }

    private String type(JsonObject schema) {
        return schema.member("type")
                .map(type -> type instanceof JsonArray several
                        ? ((JsonString) pick(several.items())).value()
                        : ((JsonString) type).value())
                .orElse(schema.object("properties").isPresent() ? "object" : "any");
    }

    private JsonObject object(JsonObject schema, int depth) {
        JsonObject made = JsonObject.EMPTY;
        int optional = random.nextInt(most);
        List<JsonValue> required =
                schema.array("required").orElse(JsonArray.EMPTY).items();
        for (Map.Entry<String, JsonValue> property :
                schema.object("properties").orElse(JsonObject.EMPTY).members().entrySet()) {
            if (ids.containsKey(property.getKey())
                    || required.contains(new JsonString(property.getKey()))
                    || depth < 4 && random.nextInt(5) < optional) {
                made = made.with(
                        property.getKey(), named(property.getKey(), (JsonObject) property.getValue(), depth + 1));
            }
        }
        return made;
    }

    /** Names something that there is, where the sweep was told of it. */
    private JsonValue named(String member, JsonObject schema, int depth) {
        List<String> known = ids.getOrDefault(member, List.of());
        return known.isEmpty() ? value(schema, depth) : new JsonString(pick(known));
    }

    private String text(JsonObject schema) {
        Optional<String> pattern = schema.text("pattern");
        if (pattern.isPresent()) {
            return WORDS.stream()
                    .filter(word -> word.matches(pattern.get()))
                    .findFirst()
                    .orElse("alpha");
        }
        return schema.text("format").filter("date-time"::equals).isPresent() ? "2099-01-01T00:00:00Z" : pick(WORDS);
    }

    private long whole(JsonObject schema) {
        long least = schema.number("minimum")
                .map(number -> number.value().longValue())
                .orElse(0L);
        long most = schema.number("maximum")
                .map(number -> number.value().longValue())
                .orElse(least + 100);
        return random.nextBoolean() ? least : most;
    }

    /** The value with one thing wrong, somewhere in it. */
    private JsonValue broken(JsonValue value, StringBuilder about) {
        if (value instanceof JsonObject object && !object.isEmpty() && random.nextInt(4) > 0) {
            String name = pick(List.copyOf(object.members().keySet()));
            about.append(" /").append(name);
            if (random.nextInt(5) == 0) {
                Map<String, JsonValue> without = new LinkedHashMap<>(object.members());
                without.remove(name);
                return new JsonObject(without);
            }
            return object.with(name, broken(object.member(name).orElseThrow(), about));
        }
        if (value instanceof JsonObject object && random.nextBoolean()) {
            about.append(" unknown member");
            return object.with("nobodyKnows", 1);
        }
        JsonValue wrong = pick(List.of(
                JsonNull.NULL,
                JsonBoolean.TRUE,
                pick(NUMBERS),
                // What JSON cannot hold is refused before anything reads it; paths and queries can.
                new JsonString(pick(HOSTILE).replace("\0", "\ufffd")),
                JsonArray.EMPTY,
                JsonObject.EMPTY,
                JsonArray.of("a", 1, JsonNull.NULL)));
        about.append('=').append(shown(Json.write(wrong)));
        return wrong;
    }

    /** Bytes that are no document, or not the one that the headers say. */
    private byte[] mangled(String text, Map<String, String> headers, StringBuilder about) {
        int how = random.nextInt(10);
        about.append(" mangled ").append(how);
        return switch (how) {
            case 0 -> text.substring(0, random.nextInt(text.length())).getBytes(StandardCharsets.UTF_8);
            case 1 -> (text + "{}").getBytes(StandardCharsets.UTF_8);
            case 2 -> text.replaceFirst("\\{", "{\"a\":1,\"a\":2,").getBytes(StandardCharsets.UTF_8);
            case 3 -> ("{\"a\":" + "[".repeat(100_000)).getBytes(StandardCharsets.UTF_8);
            case 4 -> text.replaceFirst("\"", "\"\\\\ud800").getBytes(StandardCharsets.UTF_8);
            case 5 -> new byte[] {(byte) 0xff, (byte) 0xfe, '{', 0, '}', 0};
            case 6 -> ("\ufeff" + text).getBytes(StandardCharsets.UTF_8);
            case 7 -> {
                headers.put(
                        "Content-Type",
                        pick(List.of("text/plain", "application/xml", "application/json; charset=utf-16", "*/*", "x")));
                yield text.getBytes(StandardCharsets.UTF_8);
            }
            case 8 -> {
                headers.put("Content-Encoding", "gzip");
                yield packed(text);
            }
            default -> ("{\"a\":" + "9".repeat(100_000) + "}").getBytes(StandardCharsets.UTF_8);
        };
    }

    private static byte[] packed(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private <T> T pick(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static String shown(String text) {
        return text.substring(0, Math.min(30, text.length())).toLowerCase(Locale.ROOT);
    }
}
