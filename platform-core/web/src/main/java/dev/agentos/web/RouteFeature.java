package dev.agentos.web;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenantId;
import dev.agentos.web.filters.BodyFilter;
import dev.agentos.web.filters.BodyRoom;
import dev.agentos.web.login.Credential;
import dev.agentos.web.resources.CursorSeal;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.container.DynamicFeature;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.FeatureContext;
import jakarta.ws.rs.core.MultivaluedMap;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Puts the checks before each resource method: its scopes, its query parameters, the cursor of a list, its body's size.
 * A method that does not say which scopes it needs is closed.
 */
public final class RouteFeature implements DynamicFeature {

    /** The name of the request property under which the bytes of the body are kept. */
    public static final String BODY = "dev.agentos.body";

    /** The name of the request property that says that the resource method keeps the request's key itself. */
    public static final String ADMITS_ONCE = "dev.agentos.admitsOnce";

    private static final int AFTER_SCOPES = Priorities.AUTHORIZATION + 1;

    private final CursorSeal cursors;
    private final BodyFilter large;
    private final BodyFilter small;

    /**
     * The checks of all routes.
     *
     * @param cursors what authenticates the cursors of lists
     * @param room what bodies share
     */
    public RouteFeature(CursorSeal cursors, BodyRoom room) {
        this.cursors = cursors;
        this.large = BodyFilter.large(room);
        this.small = BodyFilter.small(room);
    }

    @Override
    public void configure(ResourceInfo resource, FeatureContext context) {
        Method method = resource.getResourceMethod();
        context.register(new ScopeFilter(method), Priorities.AUTHORIZATION);
        Set<String> parameters = parameters(method, any -> true);
        Set<String> lists = parameters(method, Collection.class::isAssignableFrom);
        context.register(new QueryFilter(parameters, lists), AFTER_SCOPES);
        if (parameters.contains(CursorFilter.PARAMETER)) {
            context.register(new CursorFilter(cursors), AFTER_SCOPES + 1);
        }
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

    private static Set<String> parameters(Method method, Predicate<Class<?>> ofType) {
        return Arrays.stream(method.getParameters())
                .filter(parameter -> parameter.isAnnotationPresent(QueryParam.class))
                .filter(parameter -> ofType.test(parameter.getType()))
                .map((Parameter parameter) ->
                        parameter.getAnnotation(QueryParam.class).value())
                .collect(Collectors.collectingAndThen(
                        Collectors.toCollection(TreeSet::new), Collections::unmodifiableSet));
    }

    private record QueryFilter(Set<String> known, Set<String> lists) implements ContainerRequestFilter {

        @Override
        public void filter(ContainerRequestContext request) {
            requireReadable(request.getUriInfo().getPathParameters());
            requireReadable(request.getUriInfo().getQueryParameters());
            request.getUriInfo().getQueryParameters().forEach((name, values) -> {
                if (!known.contains(name)) {
                    throw InvalidInputException.of(
                            KernelErrorCode.UNKNOWN_FIELD,
                            "/" + name,
                            "There is no parameter '" + name + "' here"
                                    + (known.isEmpty() ? "." : "; there are " + String.join(", ", known) + "."),
                            "Remove or rename it.");
                }
                if (values.size() > 1 && !lists.contains(name)) {
                    // Which of them counts would be a guess, and another one than that of a proxy in front.
                    throw InvalidInputException.of(
                            KernelErrorCode.INVALID_FIELD,
                            "/" + name,
                            "The parameter '" + name + "' is there " + values.size() + " times.",
                            "Say it once.");
                }
            });
        }
    }

    /** Of a page of a list: a cursor fits the same list of the same tenant alone. */
    private record CursorFilter(CursorSeal seal) implements ContainerRequestFilter, ContainerResponseFilter {

        static final String PARAMETER = "cursor";
        private static final String NEXT = "next";

        @Override
        public void filter(ContainerRequestContext request) {
            String cursor = request.getUriInfo().getQueryParameters().getFirst(PARAMETER);
            if (cursor != null) {
                seal.require(place(request), cursor);
            }
        }

        @Override
        public void filter(ContainerRequestContext request, ContainerResponseContext response) {
            if (response.getEntity() instanceof JsonObject page) {
                page.text(NEXT)
                        .ifPresent(next -> response.setEntity(page.with(NEXT, seal.sealed(place(request), next))));
            }
        }

        private static String place(ContainerRequestContext request) {
            return request.getUriInfo().getPath()
                    + '\n'
                    + Caller.find(request)
                            .flatMap(Caller::actingFor)
                            .map(TenantId::value)
                            .orElse("");
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
