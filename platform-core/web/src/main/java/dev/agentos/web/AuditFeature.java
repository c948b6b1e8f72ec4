package dev.agentos.web;

import dev.agentos.audit.Act;
import dev.agentos.audit.Audit;
import dev.agentos.audit.AuditEntry;
import dev.agentos.audit.AuditEntry.Outcome;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.Operations;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.web.resources.Difference;
import dev.agentos.web.resources.EndRecords;
import dev.agentos.web.resources.HeaderText;
import dev.agentos.web.resources.RecordsChanges;
import dev.agentos.web.resources.ShownState;
import jakarta.annotation.Priority;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.container.DynamicFeature;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.FeatureContext;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Keeps a record of each request that changes something, whatever came of it, and of those that read what others said.
 * A change is not acknowledged before its record is durable.
 */
public final class AuditFeature implements DynamicFeature {

    /** The header in which a client says why, as plain ASCII or percent-encoded. */
    public static final String REASON_HEADER = "AgentOS-Reason";

    private static final String SAID = AuditFeature.class.getName() + " said";
    /** The name of the request property that says that there is a record of the request. */
    public static final String RECORDED = "dev.agentos.recorded";

    private static final int CREATED = 201;
    private static final int ACCEPTED = 202;
    private static final String BEFORE = "dev.agentos.before";
    private static final Ids IDS = Ids.system();

    private final Audit audit;
    private final Operations operations;
    private final InstantSource clock;

    /** Records go there; of what operations have changed, too. */
    public AuditFeature(Audit audit, Operations operations, InstantSource clock) {
        this.audit = audit;
        this.operations = operations;
        this.clock = clock;
    }

    @Override
    public void configure(ResourceInfo resource, FeatureContext context) {
        Method method = resource.getResourceMethod();
        if (recorded(method)) {
            Optional<ShownState> state = method.isAnnotationPresent(AdmitsOnce.class) || !changes(method)
                    ? Optional.empty()
                    : ShownState.of(method);
            Filter filter = new Filter(method, state);
            context.register(filter, Priorities.AUTHENTICATION);
            // Behind all checks, right before the change.
            state.ifPresent(shown -> context.register(
                    (ContainerRequestFilter) request -> request.setProperty(BEFORE, shown.now(request)),
                    Priorities.USER + 1_000));
            if (changes(method) && !method.isAnnotationPresent(AdmitsOnce.class)) {
                context.register((ContainerRequestFilter) filter::begin, Priorities.USER + 1_001);
            }
        }
    }

    /** Keeps a record of a request that a plugin's protocol answered, a moment later. */
    public void ofProtocol(Caller caller, String method, String path, int status, Trace trace) {
        audit.note(new AuditEntry(
                caller.actingFor(),
                clock.instant().truncatedTo(ChronoUnit.MICROS),
                caller.principal().id(),
                "protocol",
                JsonObject.of("method", method, "path", AuditEntry.readable(path)),
                outcome(status),
                JsonObject.of("status", String.valueOf(status), "traceId", trace.traceId())));
    }

    /**
     * Has a request's record say one more thing that only the resource knows, never what a person has said or is
     * called; of a long text the beginning.
     */
    public static void say(ContainerRequestContext request, String name, String value) {
        request.setProperty(SAID, said(request).with(name, new JsonString(AuditEntry.readable(value))));
    }

    private static JsonObject said(ContainerRequestContext request) {
        return request.getProperty(SAID) instanceof JsonObject before ? before : JsonObject.EMPTY;
    }

    /** Whether a record is kept of each request for that method. */
    public static boolean recorded(Method method) {
        return changes(method) || method.isAnnotationPresent(Audited.class);
    }

    /** Whether requests for that method change something, as far as HTTP knows. */
    public static boolean changes(Method method) {
        for (Class<? extends Annotation> verb : List.of(POST.class, PUT.class, DELETE.class)) {
            if (method.isAnnotationPresent(verb)) {
                return true;
            }
        }
        return false;
    }

    /** Runs behind all others, so that it sees what the client will. */
    @Priority(Priorities.AUTHENTICATION)
    private final class Filter implements ContainerResponseFilter {

        private final String operation;
        private final boolean behind;
        private final Optional<ShownState> state;
        private final Set<String> personal;
        private final TriedOnly tried;

        Filter(Method method, Optional<ShownState> state) {
            this.state = state;
            RecordsChanges changes = method.getDeclaringClass().getAnnotation(RecordsChanges.class);
            personal = changes == null ? Set.of() : Set.of(changes.personal());
            Describes describes = method.getAnnotation(Describes.class);
            operation = describes == null ? method.getName() : describes.id();
            tried = TriedOnly.of(method);
            behind = method.isAnnotationPresent(Audited.class) || method.isAnnotationPresent(AdmitsOnce.class);
        }

        /** From here on whatever is written leaves a note, should the server end before the record is written. */
        private void begin(ContainerRequestContext request) {
            Caller.find(request).ifPresent(caller -> {
                JsonObject asked = JsonObject.of(
                        "actor", caller.principal().id(),
                        "action", operation,
                        "target", target(request),
                        "traceId", traceId(request));
                JsonObject whose = caller.actingFor()
                        .map(tenant -> asked.with("tenant", tenant.value()))
                        .orElse(asked);
                JsonObject was = Difference.between(before(request), Optional.empty(), personal)
                        .before();
                Act.begin(new Act.Note(IDS.next("act"), was.isEmpty() ? whose : whose.with("before", was)));
            });
        }

        @Override
        public void filter(ContainerRequestContext request, ContainerResponseContext response) {
            Optional<Caller> caller = Caller.find(request);
            if (caller.isEmpty()) {
                return;
            }
            request.setProperty(RECORDED, true);
            boolean dry = tried.is(request);
            AuditEntry entry = new AuditEntry(
                    caller.get().actingFor(),
                    clock.instant().truncatedTo(ChronoUnit.MICROS),
                    caller.get().principal().id(),
                    operation,
                    target(request, response),
                    outcome(response.getStatus()),
                    details(request, response, dry)
                            .overlaidBy(changed(request, response, dry).toJson()));
            if (behind) {
                audit.note(entry);
                return;
            }
            try {
                if (response.getStatus() == ACCEPTED) {
                    follow(request, response, entry);
                }
                audit.record(entry);
            } catch (AgentOsException e) {
                Problem problem = Problem.of(e);
                response.setStatus(problem.status());
                response.setEntity(
                        problem.toJson(request.getUriInfo().getRequestUri().getRawPath(), traceId(request)));
            }
        }

        /** What a request that was done has changed; what an operation does later is in that. */
        private Difference changed(ContainerRequestContext request, ContainerResponseContext response, boolean dry) {
            if (state.isEmpty() || response.getStatus() >= 300 || response.getStatus() == ACCEPTED || dry) {
                return Difference.NONE;
            }
            Optional<JsonObject> before = before(request);
            Optional<JsonObject> after = state.get().now(request);
            if (after.isEmpty() && response.getEntity() instanceof JsonObject answer) {
                after = state.get().made(request, answer);
            }
            return Difference.between(before, after, personal);
        }

        private static Optional<JsonObject> before(ContainerRequestContext request) {
            return request.getProperty(BEFORE) instanceof Optional<?> was
                    ? was.map(JsonObject.class::cast)
                    : Optional.empty();
        }

        /** An operation leaves a record of its own, of the same act, when it has ended. */
        private void follow(ContainerRequestContext request, ContainerResponseContext response, AuditEntry asked) {
            if (!(response.getEntity() instanceof JsonObject answer)) {
                return;
            }
            Optional<String> id =
                    answer.text("operation").or(() -> answer.text("id").filter(one -> one.startsWith("op_")));
            if (id.isEmpty() || asked.target().members().containsValue(new JsonString(id.get()))) {
                // Nothing that is worked on; or it was begun by somebody else, as when it is cancelled.
                return;
            }
            Optional<JsonObject> before = before(request);
            Supplier<Optional<JsonObject>> after = state.map(
                            shown -> shown.later(request, answer.text("subject").orElse("")))
                    .orElse(Optional::empty);
            operations.recordEnd(
                    id.get(),
                    EndRecords.asked(asked),
                    ended -> audit.record(EndRecords.entry(
                            EndRecords.asked(asked),
                            ended,
                            Difference.between(before, after.get(), personal),
                            clock.instant())));
        }

        private static JsonObject target(ContainerRequestContext request) {
            Map<String, JsonValue> target = new LinkedHashMap<>();
            request.getUriInfo().getPathParameters().forEach((name, values) -> {
                if (!values.isEmpty()) {
                    target.put(name, new JsonString(AuditEntry.readable(values.getFirst())));
                }
            });
            return new JsonObject(target);
        }

        /** What it was done to, with what it has made: that is looked for by its id, and so is who made it. */
        private static JsonObject target(ContainerRequestContext request, ContainerResponseContext response) {
            JsonObject target = target(request);
            return made(response)
                    .map(AuditEntry::readable)
                    .filter(id -> !target.members().containsValue(new JsonString(id)))
                    .map(id -> target.with("made", id))
                    .orElse(target);
        }

        private static Optional<String> made(ContainerResponseContext response) {
            String location = response.getHeaderString("Location");
            if (location != null && response.getStatus() < 300) {
                return location.contains("/operations/")
                        ? Optional.empty()
                        : Optional.of(location.substring(location.lastIndexOf('/') + 1));
            }
            return response.getStatus() == CREATED && response.getEntity() instanceof JsonObject answer
                    ? answer.text("id")
                    : Optional.empty();
        }

        /** Nobody's name: a record cannot be changed, and a person may have to be forgotten. */
        private static JsonObject details(
                ContainerRequestContext request, ContainerResponseContext response, boolean dry) {
            Map<String, JsonValue> details = new LinkedHashMap<>(said(request).members());
            if (dry) {
                details.put(TriedOnly.MEMBER, new JsonString("true"));
            }
            details.put("status", new JsonString(String.valueOf(response.getStatus())));
            details.put("traceId", new JsonString(traceId(request)));
            String location = response.getHeaderString("Location");
            if (location != null) {
                details.put("made", new JsonString(AuditEntry.readable(location)));
            }
            if (response.getStatus() >= 400 && response.getEntity() instanceof JsonObject problem) {
                problem.text("code").ifPresent(code -> details.put("code", new JsonString(code)));
            }
            String reason = request.getHeaderString(REASON_HEADER);
            if (reason != null) {
                details.put("reason", new JsonString(AuditEntry.readable(HeaderText.decoded(reason))));
            }
            return new JsonObject(details);
        }

        private static String traceId(ContainerRequestContext request) {
            return request.getProperty(Trace.ATTRIBUTE) instanceof Trace trace ? trace.traceId() : "";
        }
    }

    private static Outcome outcome(int status) {
        if (status >= 500) {
            return Outcome.FAILED;
        }
        return status >= 400 ? Outcome.REFUSED : Outcome.DONE;
    }
}
