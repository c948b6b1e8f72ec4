package dev.agentos.http.internal;

import dev.agentos.kernel.Page;
import dev.agentos.limits.NamedLimit;
import dev.agentos.limits.NamedLimits;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.tenancy.TenantId;
import dev.agentos.web.Caller;
import dev.agentos.web.Fields;
import dev.agentos.web.Paging;
import dev.agentos.web.resources.Preconditions;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Response;
import java.math.BigDecimal;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How budgets and quotas are asked for and set: of the caller's tenant, each change against the revision that was seen.
 *
 * @param <T> what such a limit says
 * @param <L> the limits
 */
public final class NamedLimitRequests<T extends NamedLimit.Terms<T>, L extends NamedLimit<T>> {

    private final NamedLimits<T, L> limits;
    private final BiFunction<ContainerRequestContext, List<L>, List<JsonObject>> views;

    /**
     * Requests about those limits.
     *
     * @param view how one is shown
     */
    public NamedLimitRequests(NamedLimits<T, L> limits, Function<L, JsonObject> view) {
        this(limits, (request, some) -> some.stream().map(view).toList());
    }

    /**
     * The same.
     *
     * @param views how some are shown to whoever asks, in their order
     */
    public NamedLimitRequests(
            NamedLimits<T, L> limits, BiFunction<ContainerRequestContext, List<L>, List<JsonObject>> views) {
        this.limits = limits;
        this.views = views;
    }

    /** Lists them. */
    public JsonObject list(ContainerRequestContext request, Paging paging) {
        Page<L> page = paging.page(limits.list(Caller.of(request).tenant()), NamedLimit::name);
        return paging.answer(new Page<>(views.apply(request, page.items()), page.next()), Function.identity());
    }

    /** Shows one. */
    public Response find(ContainerRequestContext request, String name) {
        return answer(request, limits.require(Caller.of(request).tenant(), name));
    }

    /**
     * Sets one.
     *
     * @param terms reads what it is to say
     */
    public Response put(
            ContainerRequestContext request,
            String name,
            @Nullable String ifMatch,
            Fields fields,
            Function<Fields, T> terms) {
        Caller caller = Caller.of(request);
        TenantId tenant = caller.tenant();
        boolean dryRun = fields.flag("dryRun");
        T wanted = terms.apply(fields);
        long revision = limits.find(tenant, name)
                .map(limit -> limit.change().revision())
                .orElse(0L);
        long seen = Preconditions.seen(ifMatch, revision, dryRun);
        return answer(request, limits.put(tenant, name, wanted, seen, author(caller), dryRun));
    }

    /** Removes one. */
    public void delete(ContainerRequestContext request, String name, @Nullable String ifMatch) {
        Caller caller = Caller.of(request);
        L before = limits.require(caller.tenant(), name);
        long seen = Preconditions.removed(ifMatch, before.change().revision());
        limits.delete(caller.tenant(), name, seen, author(caller));
    }

    /** At which part to warn. */
    static BigDecimal warnAt(Fields fields) {
        return fields.value("warnAt").map(value -> number("warnAt", value)).orElse(NamedLimit.WARN_AT);
    }

    /** A number of a request; not one that is as long as the memory. */
    static BigDecimal number(String name, JsonValue value) {
        if (value instanceof JsonNumber number && Math.abs((long) number.value().scale()) <= 40) {
            return number.value();
        }
        throw Fields.invalid(name, "is not a number that can be counted with");
    }

    private static NamedLimit.Author author(Caller caller) {
        return new NamedLimit.Author(caller.principal().id(), caller.principal().platform());
    }

    private Response answer(ContainerRequestContext request, L limit) {
        return Preconditions.tagged(
                views.apply(request, List.of(limit)).getFirst(), limit.change().revision());
    }
}
