package dev.agentos.http.internal;

import dev.agentos.quotas.Allowances;
import dev.agentos.quotas.Feature;
import dev.agentos.quotas.Plans;
import dev.agentos.redaction.Redactions;
import dev.agentos.redaction.Redactor;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Scope;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.RequiresScope;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Map;

/** What was replaced in the caller's tenant. */
@Path("redactions")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
public final class RedactionsResource {

    private static final int MOST = 100;

    private final Redactions redactions;
    private final Plans plans;

    /** The resource of those. */
    @Inject
    public RedactionsResource(Redactions redactions, Allowances allowances) {
        this.redactions = redactions;
        this.plans = allowances.plans();
    }

    /** Says what tokens stand for. */
    @POST
    @Path("reveal")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.REDACTIONS_REVEAL)
    @Describes(
            id = "revealRedactions",
            summary = "Say what tokens stand for",
            request = "RedactionReveal",
            response = "RedactionTokens")
    public JsonObject reveal(@Context ContainerRequestContext request, JsonObject body) {
        plans.require(Caller.of(request).tenant(), Feature.REVEAL);
        List<String> tokens = Fields.of(body, "RedactionReveal").texts("tokens").stream()
                .distinct()
                .toList();
        if (tokens.isEmpty() || tokens.size() > MOST) {
            throw Fields.invalid("tokens", "is not 1 to " + MOST + " tokens");
        }
        Map<String, Redactor.Token> revealed =
                redactions.reveal(Caller.of(request).tenant().value(), tokens);
        return JsonObject.of(
                "items",
                revealed.values().stream().map(RedactionsResource::view).toList(),
                "unknown",
                tokens.stream().filter(token -> !revealed.containsKey(token)).toList());
    }

    private static JsonObject view(Redactor.Token token) {
        return JsonObject.of("token", token.token(), "detector", token.detector(), "value", token.value());
    }
}
