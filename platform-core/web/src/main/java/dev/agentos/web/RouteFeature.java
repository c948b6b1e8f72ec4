package dev.agentos.web;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.Scope;
import dev.agentos.web.filters.BodyFilter;
import dev.agentos.web.login.Credential;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.DynamicFeature;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.FeatureContext;
import jakarta.ws.rs.core.MultivaluedMap;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.Arrays;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Puts the checks before each resource method: its scopes, its query parameters, its body's size. A method that does
 * not say which scopes it needs is closed.
 */
public final class RouteFeature implements DynamicFeature {

    /** The name of the request property under which the bytes of the body are kept. */
    public static final String BODY = "dev.agentos.body";

    /** The name of the request property that says that the resource method keeps the request's key itself. */
    public static final String ADMITS_ONCE = "dev.agentos.admitsOnce";

    private static final int AFTER_SCOPES = Priorities.AUTHORIZATION + 1;

    private final BodyFilter.Room room =
            new BodyFilter.Room(Runtime.getRuntime().maxMemory());
    private final BodyFilter large = BodyFilter.large(room);
    private final BodyFilter small = BodyFilter.small(room);

    @Override
    public void configure(ResourceInfo resource, FeatureContext context) {
        Method method = resource.getResourceMethod();
        context.register(new ScopeFilter(method), Priorities.AUTHORIZATION);
        context.register(new QueryFilter(method), AFTER_SCOPES);
        if (method.isAnnotationPresent(AdmitsOnce.class)) {
            ContainerRequestFilter admits = request -> request.setProperty(ADMITS_ONCE, true);
            context.register(admits, AFTER_SCOPES);
        }
        if (!method.isAnnotationPresent(Streamed.class)) {
            RequiresScope required = method.getAnnotation(RequiresScope.class);
            boolean known = required != null && !required.beforeLogin();
            context.register(known ? large : small, Priorities.ENTITY_CODER);
        }
    }

    private record ScopeFilter(Method method) implements ContainerRequestFilter {
        @Override
        public void filter(ContainerRequestContext request) {
            RequiresScope required = method.getAnnotation(RequiresScope.class);
            if (required == null) {
                throw new AgentOsException(
                        HttpErrorCode.ROUTE_CLOSED,
                        "This route says of no scope that it opens it.",
                        "Use a route that GET /openapi.json describes.");
            }
            if (required.beforeLogin()) {
                return;
            }
            Credential.needs(request, required.value());
            Principal caller = Caller.of(request).principal();
            for (Scope scope : required.value()) {
                caller.require(scope);
            }
        }
    }

    private static final class QueryFilter implements ContainerRequestFilter {

        private final Set<String> known;

        QueryFilter(Method method) {
            known = Arrays.stream(method.getParameters())
                    .filter(parameter -> parameter.isAnnotationPresent(QueryParam.class))
                    .map((Parameter parameter) ->
                            parameter.getAnnotation(QueryParam.class).value())
                    .collect(Collectors.collectingAndThen(
                            Collectors.toCollection(TreeSet::new), Collections::unmodifiableSet));
        }

        @Override
        public void filter(ContainerRequestContext request) {
            requireReadable(request.getUriInfo().getPathParameters());
            requireReadable(request.getUriInfo().getQueryParameters());
            for (String name : request.getUriInfo().getQueryParameters().keySet()) {
                if (!known.contains(name)) {
                    throw InvalidInputException.of(
                            KernelErrorCode.UNKNOWN_FIELD,
                            "/" + name,
                            "There is no parameter '" + name + "' here"
                                    + (known.isEmpty() ? "." : "; there are " + String.join(", ", known) + "."),
                            "Remove or rename it.");
                }
            }
        }
    }

    /** No database keeps U+0000, and nothing has a name with it. */
    private static void requireReadable(MultivaluedMap<String, String> values) {
        values.forEach((name, all) -> {
            if (all.stream().anyMatch(value -> value.indexOf(0) >= 0)) {
                throw InvalidInputException.of(
                        KernelErrorCode.INVALID_FIELD,
                        "/" + name,
                        "The parameter '" + name + "' has the character U+0000 in it, which nothing here has.",
                        "Leave it out; in an address it is written %00.");
            }
        });
    }

    /** Refuses a compressed body. */
    public static void refuseEncoding(ContainerRequestContext request) {
        refuseEncoding(request.getHeaderString("Content-Encoding"));
    }

    /** The same by the header that says so. */
    public static void refuseEncoding(@Nullable String encoding) {
        if (encoding != null && !encoding.isBlank() && !encoding.equalsIgnoreCase("identity")) {
            throw new AgentOsException(
                    HttpErrorCode.UNSUPPORTED_MEDIA_TYPE,
                    "The server does not unpack bodies, and this one is packed.",
                    "Send it without a Content-Encoding.");
        }
    }
}
