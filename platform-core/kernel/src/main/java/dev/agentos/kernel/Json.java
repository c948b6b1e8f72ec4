package dev.agentos.kernel;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteConstraints;
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
import java.io.PushbackInputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes JSON with bounds: at most 32 MiB of text, 100 levels, 16 MiB a string, 1,000 digits a number, no
 * duplicate names, nothing behind the value.
 */
public final class Json {

    /** The longest document, in bytes. */
    public static final int MAX_DOCUMENT_BYTES = 32 * 1024 * 1024;

    /** What the library says to those who program with it, and not to those who send documents. */
    private static final Pattern OWN_WORDS = Pattern.compile("(?::? maybe a \\(non-standard\\) comment\\?)?"
            + " \\(not recognized as one since Feature '[A-Z_]*' not enabled for parser\\)"
            + "|(?::| -)? ?enable `?[A-Za-z.]*Feature\\.[A-Z_]*`? to allow.*"
            + "|,? from `StreamReadConstraints[^`]*`"
            + "|[.]$");

    static final StreamReadConstraints BOUNDS = StreamReadConstraints.builder()
            .maxDocumentLength(MAX_DOCUMENT_BYTES)
            .maxNestingDepth(100)
            .maxStringLength(16 * 1024 * 1024)
            .maxNumberLength(1_000)
            .maxNameLength(1_024)
            .build();

    /** As deep as anything can be written; what was accepted and has grown since must be readable for ever. */
    private static final StreamReadConstraints STORED = StreamReadConstraints.builder()
            .maxDocumentLength(-1)
            .maxNestingDepth(StreamWriteConstraints.DEFAULT_MAX_DEPTH)
            .maxStringLength(Integer.MAX_VALUE)
            .maxNumberLength(1_000_000)
            .maxNameLength(Integer.MAX_VALUE)
            .build();

    private static final JsonFactory FACTORY = factory(BOUNDS);
    private static final JsonFactory STORE_FACTORY = factory(STORED);

    /** The deepest value that is kept, below what is read: what is wrapped around it has room too. */
    private static final int DEEPEST = 90;

    /** How many bytes tell one way to write Unicode from the others. */
    private static final int LONGEST_MARK = 4;

    /** How much a literal, or the sign, the point and the exponent of a number take at most, about. */
    private static final int LITERAL = 6;

    /** A control character is written as six of them. */
    private static final int MOST_BYTES_A_CHARACTER = 6;

    private static final int LONGEST_NAME = 1_024;
    private static final int MOST_DIGITS = 1_000;
    private static final int MOST_SCALE = 1_000_000;
    private static final int LONGEST_POINTER = 200;

    private Json() {}

    private static JsonFactory factory(StreamReadConstraints bounds) {
        return JsonFactory.builder()
                .streamReadConstraints(bounds)
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
                // Most threads are virtual and short-lived: buffers that are kept by thread would be made anew each
                // time.
                .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
                .build();
    }

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

    /** Reads a JSON document in UTF-8 and in nothing else; fails as {@link #parse(String)} does. */
    public static JsonValue parse(InputStream bytes) {
        try (JsonParser parser = FACTORY.createParser(utf8(bytes))) {
            return document(parser);
        } catch (IOException e) {
            throw malformed(e);
        }
    }

    /** The library would guess UTF-16 and UTF-32 by the first bytes, which nobody else who reads the document does. */
    private static InputStream utf8(InputStream bytes) throws IOException {
        PushbackInputStream whole = new PushbackInputStream(bytes, LONGEST_MARK);
        byte[] first = whole.readNBytes(LONGEST_MARK);
        whole.unread(first);
        for (byte one : first) {
            if (one == 0 || one == (byte) 0xFE || one == (byte) 0xFF) {
                throw new AgentOsException(
                        KernelErrorCode.MALFORMED_JSON, "The document is not in UTF-8.", "Send it in UTF-8.");
            }
        }
        return whole;
    }

    /**
     * Reads what this server stored: bounds are for what comes in, and what was accepted once can be read again.
     *
     * @throws AgentOsException {@code server:MALFORMED_JSON} if it was not written by {@link #write(JsonValue)}
     */
    public static JsonValue parseStored(InputStream bytes) {
        try (JsonParser parser = STORE_FACTORY.createParser(bytes)) {
            return document(parser);
        } catch (IOException e) {
            throw malformed(e);
        }
    }

    /** The same of a text. */
    public static JsonValue parseStored(String text) {
        try (JsonParser parser = STORE_FACTORY.createParser(text)) {
            return document(parser);
        } catch (IOException e) {
            throw malformed(e);
        }
    }

    /** Reads what this server stored, which must be an object. */
    public static JsonObject parseStoredObject(String text) {
        return asObject(parseStored(text));
    }

    /**
     * What is beyond the bounds of values that are kept.
     *
     * @param pointer where, or what it is in when that is far down
     * @param problem as a sentence's end, as in {@code is nested more than 90 levels deep}
     */
    public record Excess(String pointer, String problem) {

        private Excess within(String name) {
            String step = '/' + name.replace("~", "~0").replace("/", "~1");
            String longer = step + pointer;
            if (longer.length() <= LONGEST_POINTER) {
                return new Excess(longer, problem);
            }
            return new Excess(step.length() <= LONGEST_POINTER ? step : "", problem);
        }
    }

    /**
     * What keeps a value that was not read from a document from being kept: more than 90 levels, a name of more than
     * 1,024 characters, a number of more than 1,000 digits. Empty when nothing does.
     */
    public static Optional<Excess> excess(JsonValue value) {
        return Optional.ofNullable(excess(value, 1));
    }

    private static @Nullable Excess excess(JsonValue value, int level) {
        return switch (value) {
            case JsonObject object -> {
                if (level > DEEPEST) {
                    yield new Excess("", "is nested more than " + DEEPEST + " levels deep");
                }
                for (Map.Entry<String, JsonValue> member : object.members().entrySet()) {
                    if (member.getKey().length() > LONGEST_NAME) {
                        yield new Excess(
                                "",
                                "has a member whose name has " + member.getKey().length() + " characters, more than "
                                        + LONGEST_NAME);
                    }
                    Excess found = excess(member.getValue(), level + 1);
                    if (found != null) {
                        yield found.within(member.getKey());
                    }
                }
                yield null;
            }
            case JsonArray array -> {
                if (level > DEEPEST) {
                    yield new Excess("", "is nested more than " + DEEPEST + " levels deep");
                }
                int index = 0;
                for (JsonValue item : array) {
                    Excess found = excess(item, level + 1);
                    if (found != null) {
                        yield found.within(String.valueOf(index));
                    }
                    index++;
                }
                yield null;
            }
            case JsonNumber(BigDecimal number) -> {
                if (number.precision() > MOST_DIGITS) {
                    yield new Excess("", "is a number of " + number.precision() + " digits, more than " + MOST_DIGITS);
                }
                yield Math.abs((long) number.scale()) > MOST_SCALE
                        ? new Excess("", "is a number with an exponent beyond " + MOST_SCALE)
                        : null;
            }
            default -> null;
        };
    }

    /** About how many bytes a value would take when it was written down; counted without writing it. */
    public static long size(JsonValue value) {
        return switch (value) {
            case JsonString(String text) -> text.length() + 2L;
            case JsonArray array -> {
                long size = 2;
                for (JsonValue item : array) {
                    size += size(item) + 1;
                }
                yield size;
            }
            case JsonObject object -> {
                long size = 2;
                for (Map.Entry<String, JsonValue> member : object.members().entrySet()) {
                    size += member.getKey().length() + size(member.getValue()) + 4;
                }
                yield size;
            }
            case JsonNumber(BigDecimal number) -> number.precision() + LITERAL;
            default -> LITERAL;
        };
    }

    /**
     * Whether a value takes more than so many bytes when it is written. One that may be very much more is not written
     * to find out: what it has in several places would be there as often.
     */
    public static boolean exceeds(JsonValue value, int bytes) {
        long size = size(value);
        return size > 2L * bytes || size * MOST_BYTES_A_CHARACTER > bytes && writeBytes(value).length > bytes;
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
                : OWN_WORDS.matcher(message.lines().findFirst().orElse("")).replaceAll("");
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
