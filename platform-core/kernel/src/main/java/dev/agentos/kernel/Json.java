package dev.agentos.kernel;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonBoolean;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads and writes JSON with bounds: at most 32 MiB of text, 100 levels, 16 MiB a string, 1,000 digits a number, no
 * duplicate names, nothing behind the value.
 */
public final class Json {

    /** The longest document, in bytes. */
    public static final int MAX_DOCUMENT_BYTES = 32 * 1024 * 1024;

    static final StreamReadConstraints BOUNDS = StreamReadConstraints.builder()
            .maxDocumentLength(MAX_DOCUMENT_BYTES)
            .maxNestingDepth(100)
            .maxStringLength(16 * 1024 * 1024)
            .maxNumberLength(1_000)
            .maxNameLength(1_024)
            .build();

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(BOUNDS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
            // Most threads are virtual and short-lived: buffers that are kept by thread would be made anew each time.
            .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
            .build();

    private Json() {}

    /**
     * Reads a JSON text.
     *
     * @throws AgentOsException {@code server:MALFORMED_JSON} or {@code server:DOCUMENT_TOO_LARGE} naming line and
     *     column
     */
    public static JsonValue parse(String text) {
        try (JsonParser parser = FACTORY.createParser(text)) {
            return document(parser);
        } catch (IOException e) {
            throw malformed(e);
        }
    }

    /** Reads a JSON document in UTF-8; fails as {@link #parse(String)} does. */
    public static JsonValue parse(InputStream bytes) {
        try (JsonParser parser = FACTORY.createParser(bytes)) {
            return document(parser);
        } catch (IOException e) {
            throw malformed(e);
        }
    }

    /** Reads a JSON text that must be an object. */
    public static JsonObject parseObject(String text) {
        return asObject(parse(text));
    }

    /** Reads a JSON document that must be an object. */
    public static JsonObject parseObject(InputStream bytes) {
        return asObject(parse(bytes));
    }

    /** Compact JSON text. */
    public static String write(JsonValue value) {
        return new String(writeBytes(value), StandardCharsets.UTF_8);
    }

    /** Compact JSON in UTF-8. */
    public static byte[] writeBytes(JsonValue value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        write(value, bytes);
        return bytes.toByteArray();
    }

    /** Adds compact JSON in UTF-8 to what is there. */
    public static void write(JsonValue value, ByteArrayOutputStream bytes) {
        try (JsonGenerator generator = FACTORY.createGenerator(bytes)) {
            write(value, generator);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Compact JSON in UTF-8, written part by part by whoever knows the document's structure. */
    public static byte[] writeBytes(Document document) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
        try (JsonGenerator generator = FACTORY.createGenerator(bytes)) {
            document.write(new JsonOutput(generator));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** Writes the parts of one document. */
    @FunctionalInterface
    public interface Document {

        /** Writes the document there. */
        void write(JsonOutput out) throws IOException;
    }

    private static JsonObject asObject(JsonValue value) {
        if (value instanceof JsonObject object) {
            return object;
        }
        throw new AgentOsException(
                KernelErrorCode.MALFORMED_JSON, "The document is JSON but not an object.", "Send { … }.");
    }

    private static JsonValue document(JsonParser parser) throws IOException {
        if (parser.nextToken() == null) {
            throw new AgentOsException(
                    KernelErrorCode.MALFORMED_JSON, "The document is empty.", "Send a JSON value, for example {}.");
        }
        JsonValue value = read(parser);
        if (parser.nextToken() != null) {
            throw new AgentOsException(
                    KernelErrorCode.MALFORMED_JSON,
                    "There is more behind the end of the value, at " + position(parser) + ".",
                    "Send one JSON value only.");
        }
        return value;
    }

    static JsonValue read(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> readObject(parser);
            case START_ARRAY -> {
                List<JsonValue> items = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    items.add(read(parser));
                }
                yield new JsonArray(items);
            }
            case VALUE_STRING -> string(parser);
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new JsonNumber(parser.getDecimalValue());
            case VALUE_TRUE -> JsonBoolean.TRUE;
            case VALUE_FALSE -> JsonBoolean.FALSE;
            case VALUE_NULL -> JsonNull.NULL;
            default ->
                throw new AgentOsException(
                        KernelErrorCode.MALFORMED_JSON,
                        "A value was expected at " + position(parser) + ".",
                        "Correct the document there.");
        };
    }

    private static JsonObject readObject(JsonParser parser) throws IOException {
        Map<String, JsonValue> members = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            members.put(name, read(parser));
        }
        try {
            return new JsonObject(members);
        } catch (IllegalArgumentException e) {
            throw refusedText(parser, e);
        }
    }

    private static JsonString string(JsonParser parser) throws IOException {
        try {
            return new JsonString(parser.getText());
        } catch (IllegalArgumentException e) {
            throw refusedText(parser, e);
        }
    }

    private static AgentOsException refusedText(JsonParser parser, IllegalArgumentException e) {
        return new AgentOsException(
                KernelErrorCode.MALFORMED_JSON,
                e.getMessage() + ", in the value that ends at " + position(parser) + ".",
                "Remove that character.",
                e);
    }

    private static String position(JsonParser parser) {
        return "line " + parser.currentLocation().getLineNr() + ", column "
                + parser.currentLocation().getColumnNr();
    }

    private static AgentOsException malformed(IOException e) {
        if (e instanceof StreamConstraintsException) {
            return new AgentOsException(
                    KernelErrorCode.DOCUMENT_TOO_LARGE,
                    "The document is over a limit: " + firstLine(e) + ".",
                    "Send at most 32 MiB, 100 levels, 16 MiB a string and 1,000 digits a number.",
                    e);
        }
        return new AgentOsException(
                KernelErrorCode.MALFORMED_JSON,
                "The document is not JSON: " + firstLine(e).replaceFirst(" \\(start marker at .*", "") + location(e)
                        + ".",
                "Correct the document there.",
                e);
    }

    private static String location(IOException e) {
        if (e instanceof JsonProcessingException json && json.getLocation() != null) {
            return " (line " + json.getLocation().getLineNr() + ", column "
                    + json.getLocation().getColumnNr() + ")";
        }
        return "";
    }

    private static String firstLine(IOException e) {
        String message = e instanceof JsonProcessingException json ? json.getOriginalMessage() : e.getMessage();
        return message == null
                ? e.getClass().getSimpleName()
                : message.lines().findFirst().orElse("");
    }

    static void write(JsonValue value, JsonGenerator out) throws IOException {
        switch (value) {
            case JsonObject object -> {
                out.writeStartObject();
                for (Map.Entry<String, JsonValue> member : object.members().entrySet()) {
                    out.writeFieldName(member.getKey());
                    write(member.getValue(), out);
                }
                out.writeEndObject();
            }
            case JsonArray array -> {
                out.writeStartArray();
                for (JsonValue item : array) {
                    write(item, out);
                }
                out.writeEndArray();
            }
            case JsonString string -> out.writeString(string.value());
            case JsonNumber number -> out.writeNumber(number.toString());
            case JsonBoolean bool -> out.writeBoolean(bool.value());
            case JsonNull ignored -> out.writeNull();
        }
    }
}
