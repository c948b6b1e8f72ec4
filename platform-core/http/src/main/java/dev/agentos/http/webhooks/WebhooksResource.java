package dev.agentos.http.webhooks;

import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Scope;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.Paging;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.resources.Views;
import dev.agentos.webhooks.Delivery;
import dev.agentos.webhooks.DeliveryState;
import dev.agentos.webhooks.WebhookStore.Secret;
import dev.agentos.webhooks.Webhooks;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What was or will be told of the ends of the caller's tenant's executions, and the secret that signs it. */
@Path("webhooks")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
public final class WebhooksResource {

    private final Webhooks webhooks;

    /** The resource of those webhooks. */
    @Inject
    public WebhooksResource(Webhooks webhooks) {
        this.webhooks = webhooks;
    }

    /** Lists the deliveries. */
    @GET
    @Path("deliveries")
    @RequiresScope(Scope.WEBHOOKS_READ)
    @Describes(
            id = "listWebhookDeliveries",
            summary = "List what was or will be told of the ends of executions, newest first; 'state' as in GIVEN_UP",
            response = "WebhookDeliveryPage")
    public JsonObject list(
            @Context ContainerRequestContext request,
            @QueryParam("state") @Nullable String state,
            @QueryParam("execution") @Nullable String execution,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        Paging paging = Paging.of("webhook-deliveries", limit, cursor);
        return paging.answer(
                webhooks.list(
                        Caller.of(request).tenant(),
                        Optional.ofNullable(state).map(WebhooksResource::state),
                        Optional.ofNullable(execution),
                        paging.request()),
                WebhooksResource::view);
    }

    private static DeliveryState state(String name) {
        return DeliveryState.ofName(name)
                .orElseThrow(() -> Fields.invalid("state", "is none of WAITING, DUE, DELIVERED, GIVEN_UP"));
    }

    /** Shows a delivery. */
    @GET
    @Path("deliveries/{id}")
    @RequiresScope(Scope.WEBHOOKS_READ)
    @Describes(
            id = "getWebhookDelivery",
            summary = "Show a delivery: where it stands and what came of its last attempt",
            response = "WebhookDelivery")
    public JsonObject find(@Context ContainerRequestContext request, @PathParam("id") String id) {
        return view(webhooks.require(Caller.of(request).tenant(), id));
    }

    /** Sends a message once more. */
    @POST
    @Path("deliveries/{id}/redeliver")
    @RequiresScope(Scope.WEBHOOKS_WRITE)
    @Describes(
            id = "redeliverWebhook",
            summary = "Send a message once more, at once, under its old id and with all attempts before it",
            response = "WebhookDelivery")
    public JsonObject redeliver(@Context ContainerRequestContext request, @PathParam("id") String id) {
        return view(webhooks.redeliver(Caller.of(request).tenant(), id));
    }

    /** Shows what is known of the secret. */
    @GET
    @Path("secret")
    @RequiresScope(Scope.WEBHOOKS_READ)
    @Describes(
            id = "getWebhookSecret",
            summary = "Show since when the secret signs, and until when those before it do; never the secret itself",
            response = "WebhookSecret")
    public JsonObject secret(@Context ContainerRequestContext request) {
        return JsonObject.of(
                "signing",
                webhooks.secrets().list(Caller.of(request).tenant()).stream()
                        .map(WebhooksResource::view)
                        .toList());
    }

    /** Makes a new secret. */
    @POST
    @Path("secret/rotate")
    @RequiresScope(Scope.WEBHOOKS_WRITE)
    @Describes(
            id = "rotateWebhookSecret",
            summary = "Make a new secret, shown in this answer only; the one before it signs beside it for 24 hours",
            response = "WebhookSecretMade")
    public JsonObject rotate(@Context ContainerRequestContext request) {
        String made = webhooks.secrets().rotate(Caller.of(request).tenant());
        return secret(request).with("secret", made);
    }

    private static JsonObject view(Secret secret) {
        JsonObject shown = JsonObject.of("id", secret.id(), "madeAt", Views.time(secret.madeAt()));
        return secret.retiresAt()
                .map(until -> shown.with("until", Views.time(until)))
                .orElse(shown);
    }

    private static JsonObject view(Delivery delivery) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("id", delivery.id());
        members.put("execution", delivery.execution());
        members.put("url", delivery.url());
        members.put("state", delivery.state().name());
        members.put("attempts", delivery.attempts());
        members.put("createdAt", Views.time(delivery.createdAt()));
        delivery.nextAt().ifPresent(at -> members.put("nextAt", Views.time(at)));
        delivery.last().ifPresent(last -> {
            Map<String, Object> attempt = new LinkedHashMap<>();
            attempt.put("at", Views.time(last.at()));
            last.status().ifPresent(status -> attempt.put("status", status));
            last.failure().ifPresent(failure -> attempt.put("failure", failure));
            members.put("last", Views.object(attempt));
        });
        return Views.object(members);
    }
}
