package dev.agentos.web.resources;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Response;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a request is about to change, as the resource itself shows it: the method that answers GET for the same path, or
 * for the longest beginning of it that there is, is called. So it can hold nothing that whoever may read does not see.
 */
public final class ShownState {

    private static final Logger LOG = LoggerFactory.getLogger(ShownState.class);
    private static final List<String> NAMES = List.of("id", "name");

    private final Method shows;
    private final Optional<Method> showsNew;

    private ShownState(Method shows, Optional<Method> showsNew) {
        this.shows = shows;
        this.showsNew = showsNew;
    }

    /** For a method that changes something; empty when its resource shows nothing of it. */
    public static Optional<ShownState> of(Method changes) {
        Class<?> type = changes.getDeclaringClass();
        if (!type.isAnnotationPresent(RecordsChanges.class)) {
            return Optional.empty();
        }
        String path = path(changes);
        List<Method> readers = Stream.of(type.getMethods())
                .filter(method -> method.isAnnotationPresent(GET.class) && callable(method))
                .toList();
        Optional<Method> made = readers.stream()
                .filter(method -> path(method).matches(Pattern.quote(path + "/") + "\\{[^/]*}"))
                .findFirst();
        return readers.stream()
                .filter(method -> (path + "/").startsWith(path(method) + "/"))
                .max(Comparator.comparingInt(method -> path(method).length()))
                .map(method -> new ShownState(method, made));
    }

    private static String path(Method method) {
        Path path = method.getAnnotation(Path.class);
        return path == null ? "" : "/" + path.value();
    }

    private static boolean callable(Method method) {
        return Stream.of(method.getParameters())
                .allMatch(parameter -> parameter.isAnnotationPresent(PathParam.class)
                        || parameter.isAnnotationPresent(QueryParam.class)
                        || parameter.getType() == ContainerRequestContext.class);
    }

    /** What a request was about, for as long as somebody wants to know; the request itself ends before. */
    private record Asked(Object resource, Map<String, String> names, ContainerRequestContext request) {
        static Asked of(ContainerRequestContext request) {
            Map<String, String> names = new LinkedHashMap<>();
            request.getUriInfo().getPathParameters().forEach((name, values) -> names.put(name, values.getFirst()));
            return new Asked(request.getUriInfo().getMatchedResources().getFirst(), names, request);
        }
    }

    /** As it is shown now; empty when there is none. */
    public Optional<JsonObject> now(ContainerRequestContext request) {
        return now(Asked.of(request));
    }

    /**
     * As it is shown when somebody asks later, behind the request.
     *
     * @param made the id of what the request makes, when its path names nothing
     */
    public Supplier<Optional<JsonObject>> later(ContainerRequestContext request, String made) {
        Asked asked = Asked.of(request);
        return () -> asked.names().isEmpty()
                ? showsNew.flatMap(method -> call(method, asked, Optional.of(made)))
                : now(asked);
    }

    private Optional<JsonObject> now(Asked asked) {
        Optional<JsonObject> shown = call(shows, asked, Optional.empty());
        Optional<List<JsonObject>> items =
                shown.flatMap(page -> page.array("items")).map(ShownState::objects);
        if (items.isEmpty() || path(shows).contains("{")) {
            return shown;
        }
        // A list stands for the thing in it that the path names; without one, nothing was there before.
        List<String> named = List.copyOf(asked.names().values());
        return named.isEmpty()
                ? Optional.empty()
                : items.get().stream()
                        .filter(item ->
                                named.stream().allMatch(name -> item.members().containsValue(new JsonString(name))))
                        .findFirst();
    }

    private static List<JsonObject> objects(JsonArray array) {
        List<JsonObject> objects = new ArrayList<>();
        array.items().forEach(element -> {
            if (element instanceof JsonObject object) {
                objects.add(object);
            }
        });
        return objects;
    }

    /** What a request has made, by the id or name in its answer. */
    public Optional<JsonObject> made(ContainerRequestContext request, JsonObject answer) {
        return showsNew.flatMap(method -> NAMES.stream()
                .flatMap(name -> answer.text(name).stream())
                .findFirst()
                .flatMap(id -> call(method, Asked.of(request), Optional.of(id))));
    }

    private Optional<JsonObject> call(Method method, Asked asked, Optional<String> id) {
        List<@Nullable Object> arguments = new ArrayList<>();
        for (Parameter parameter : method.getParameters()) {
            PathParam path = parameter.getAnnotation(PathParam.class);
            if (path != null) {
                String given = asked.names().get(path.value());
                arguments.add(given == null ? id.orElse("") : given);
            } else {
                arguments.add(parameter.isAnnotationPresent(QueryParam.class) ? null : asked.request());
            }
        }
        try {
            Object answer = method.invoke(asked.resource(), arguments.toArray());
            Object entity = answer instanceof Response response ? response.getEntity() : answer;
            return entity instanceof JsonObject object ? Optional.of(object) : Optional.empty();
        } catch (InvocationTargetException e) {
            if (!(e.getCause() instanceof AgentOsException)) {
                LOG.warn("What a change is about could not be looked up by {}", method.getName(), e.getCause());
            }
            return Optional.empty();
        } catch (IllegalAccessException e) {
            throw new IllegalStateException("A method of a resource is public", e);
        }
    }
}
