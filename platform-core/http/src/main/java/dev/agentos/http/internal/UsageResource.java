package dev.agentos.http.internal;

import dev.agentos.kernel.Json;
import dev.agentos.limits.Limits;
import dev.agentos.limits.ModelUse;
import dev.agentos.limits.UsageStore.Part;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Scope;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.Paging;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.resources.Views;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What calls of models used. */
@Path("usage")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
public final class UsageResource {

    private static final int MOST = 5000;
    private static final int DAYS = 30;
    private static final int MOST_DAYS = 400;

    private static final Map<String, Part> PARTS =
            Map.of("day", Part.DAY, "model", Part.MODEL, "agent", Part.AGENT, "key", Part.PRINCIPAL);

    private final Limits limits;

    @Inject
    public UsageResource(Limits limits) {
        this.limits = limits;
    }

    /** Sums what was used. */
    @GET
    @RequiresScope(Scope.USAGE_READ)
    @Describes(
            id = "getUsage",
            summary = "Sum what calls of models used from a day to a day (both included, UTC; else the last 30), split"
                    + " by what 'by' names of day, model, agent and key (else day,model)",
            response = "UsePage")
    public JsonObject usage(
            @Context ContainerRequestContext request,
            @QueryParam("from") @Nullable String from,
            @QueryParam("to") @Nullable String to,
            @QueryParam("by") @Nullable String by,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        Paging paging = Paging.of("usage", limit, cursor);
        LocalDate last = to == null ? limits.usage().today() : day("to", to);
        LocalDate first = from == null ? last.minusDays(DAYS - 1L) : day("from", from);
        if (first.isAfter(last) || first.plusDays(MOST_DAYS).isBefore(last)) {
            throw Fields.invalid("from", "is 0 to " + MOST_DAYS + " days before 'to'");
        }
        Set<Part> parts = parts(by == null ? "day,model" : by);
        List<ModelUse> uses = limits.usage().sums(Caller.of(request).tenant(), first, last, parts, MOST + 1);
        if (uses.size() > MOST) {
            throw Fields.invalid("by", "splits this into more than " + MOST + " parts; ask for fewer days");
        }
        Map<JsonObject, List<ModelUse>> groups = new LinkedHashMap<>();
        uses.forEach(use -> groups.computeIfAbsent(key(use.key(), parts), key -> new ArrayList<>())
                .add(use));
        return paging.answer(
                groups.entrySet(),
                group -> Json.write(group.getKey()),
                group -> group.getKey().overlaidBy(Views.object(LimitViews.sums(group.getValue()))));
    }

    private static JsonObject key(ModelUse.Key key, Set<Part> parts) {
        Map<String, Object> members = new LinkedHashMap<>();
        if (parts.contains(Part.DAY)) {
            members.put("day", key.day().toString());
        }
        if (parts.contains(Part.MODEL)) {
            members.put("model", key.model());
        }
        if (parts.contains(Part.AGENT)) {
            members.put("agent", key.agent());
        }
        if (parts.contains(Part.PRINCIPAL)) {
            members.put("key", key.principal());
        }
        return Views.object(members);
    }

    private static Set<Part> parts(String by) {
        Set<Part> parts = EnumSet.noneOf(Part.class);
        for (String word : by.split(",", 10)) {
            Part part = PARTS.get(word.strip());
            if (part == null) {
                throw Fields.invalid("by", "names something else than day, model, agent and key");
            }
            parts.add(part);
        }
        return parts;
    }

    private static LocalDate day(String name, String text) {
        try {
            LocalDate day = LocalDate.parse(text);
            if (day.getYear() >= 2000 && day.getYear() < 10_000) {
                return day;
            }
        } catch (DateTimeException e) {
            throw Fields.invalid(name, "is not a day, as in 2030-01-31");
        }
        throw Fields.invalid(name, "is not a day, as in 2030-01-31");
    }
}
