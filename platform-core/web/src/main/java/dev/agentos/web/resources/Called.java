package dev.agentos.web.resources;

import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.tenancy.PrincipalNames;
import dev.agentos.web.Caller;
import jakarta.ws.rs.container.ContainerRequestContext;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What those are called today whose ids stand in an answer, as far as its reader may know it.
 *
 * @param names by the ids
 */
public record Called(Map<String, String> names) {

    /** Of those ids, for whoever asks. */
    public static Called of(PrincipalNames names, ContainerRequestContext request, Stream<String> ids) {
        Caller caller = Caller.of(request);
        return new Called(names.of(caller.principal(), caller.actingFor(), ids));
    }

    /** The object, in which the name stands beside the id: under that member and {@code Name}. */
    public JsonObject beside(JsonObject json, String member) {
        return json.text(member)
                .flatMap(id -> Optional.ofNullable(names.get(id)))
                .map(name -> json.with(member + "Name", new JsonString(name)))
                .orElse(json);
    }
}
