package dev.agentos.kernel;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.agentos.spi.JsonValue;
import java.io.IOException;

/** Where {@link Json#writeBytes(Json.Document)} writes; each method adds one part and returns the output. */
public final class JsonOutput {

    private final JsonGenerator generator;

    JsonOutput(JsonGenerator generator) {
        this.generator = generator;
    }

    /** Begins an array. */
    public JsonOutput array() throws IOException {
        generator.writeStartArray();
        return this;
    }

    /** Ends the array. */
    public JsonOutput endArray() throws IOException {
        generator.writeEndArray();
        return this;
    }

    /** Begins an object. */
    public JsonOutput object() throws IOException {
        generator.writeStartObject();
        return this;
    }

    /** Ends the object. */
    public JsonOutput endObject() throws IOException {
        generator.writeEndObject();
        return this;
    }

    /** The name of the member whose value follows. */
    public JsonOutput name(String name) throws IOException {
        generator.writeFieldName(name);
        return this;
    }

    /** A string. */
    public JsonOutput text(String value) throws IOException {
        generator.writeString(value);
        return this;
    }

    /** A whole number. */
    public JsonOutput number(long value) throws IOException {
        generator.writeNumber(value);
        return this;
    }

    /** Null. */
    public JsonOutput none() throws IOException {
        generator.writeNull();
        return this;
    }

    /** Any value. */
    public JsonOutput value(JsonValue value) throws IOException {
        Json.write(value, generator);
        return this;
    }
}
