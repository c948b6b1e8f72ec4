package dev.agentos.web;

import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.ext.MessageBodyReader;
import jakarta.ws.rs.ext.MessageBodyWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.annotation.Annotation;
import java.lang.reflect.Type;

/** Reads and writes the bodies of the API with the server's own bounded JSON codec. */
public final class JsonProvider implements MessageBodyReader<JsonObject>, MessageBodyWriter<JsonValue> {

    @Override
    public boolean isReadable(Class<?> type, Type generic, Annotation[] annotations, MediaType media) {
        return type == JsonObject.class;
    }

    @Override
    public JsonObject readFrom(
            Class<JsonObject> type,
            Type generic,
            Annotation[] annotations,
            MediaType media,
            MultivaluedMap<String, String> headers,
            InputStream in) {
        return Json.parseObject(in);
    }

    @Override
    public boolean isWriteable(Class<?> type, Type generic, Annotation[] annotations, MediaType media) {
        return JsonValue.class.isAssignableFrom(type);
    }

    @Override
    public void writeTo(
            JsonValue value,
            Class<?> type,
            Type generic,
            Annotation[] annotations,
            MediaType media,
            MultivaluedMap<String, Object> headers,
            OutputStream out)
            throws IOException {
        byte[] body = Json.writeBytes(value);
        headers.putSingle("Content-Length", body.length);
        out.write(body);
    }
}
