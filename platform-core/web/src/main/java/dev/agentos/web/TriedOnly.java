package dev.agentos.web;

import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonBoolean;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import java.io.ByteArrayInputStream;
import java.lang.reflect.Method;
import java.util.stream.Stream;

/**
 * Whether a request only asks what it would do, as the method that answers it understands it: what is no dry run for
 * the method is none for its record.
 *
 * @param inQuery whether the method takes it from the query
 * @param inBody whether its body can say so
 */
record TriedOnly(boolean inQuery, boolean inBody) {

    /** How a request says it, and its record. */
    static final String MEMBER = "dryRun";

    /** Of that method. */
    static TriedOnly of(Method method) {
        boolean inQuery = Stream.of(method.getParameters())
                .map(parameter -> parameter.getAnnotation(QueryParam.class))
                .anyMatch(query -> query != null && query.value().equals(MEMBER));
        Describes describes = method.getAnnotation(Describes.class);
        boolean inBody = describes != null
                && Schemas.all()
                        .object(describes.request())
                        .flatMap(schema -> schema.object("properties"))
                        .flatMap(properties -> properties.member(MEMBER))
                        .isPresent();
        return new TriedOnly(inQuery, inBody);
    }

    boolean is(ContainerRequestContext request) {
        if (inQuery) {
            String said = request.getUriInfo().getQueryParameters().getFirst(MEMBER);
            if (said != null && (said.isEmpty() || said.equals("true"))) {
                return true;
            }
        }
        return inBody && request.getProperty(RouteFeature.BODY) instanceof byte[] body && mayMean(body) && says(body);
    }

    /** Most bodies do not speak of it, and are not read again; a name may be written in escapes. */
    private static boolean mayMean(byte[] body) {
        for (int i = 0; i + 1 < body.length; i++) {
            if ((body[i] == '\\' && body[i + 1] == 'u') || isAt(body, i)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isAt(byte[] body, int at) {
        for (int i = 0; i < MEMBER.length(); i++) {
            if (at + i >= body.length || body[at + i] != MEMBER.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static boolean says(byte[] body) {
        try {
            return Json.parseObject(new ByteArrayInputStream(body))
                    .member(MEMBER)
                    .filter(JsonBoolean.TRUE::equals)
                    .isPresent();
        } catch (AgentOsException e) {
            return false;
        }
    }
}
