package dev.agentos.http.internal;

import dev.agentos.kernel.Operation;
import dev.agentos.secrets.Rotations;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Scope;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.resources.Views;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The keys that encrypt what tenants keep secret, for administrators of the platform. Nobody is shown a key. */
@Path("secrets-keys")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
public final class SecretsKeysResource {

    private final Rotations rotations;

    /** The resource of those keys. */
    @Inject
    public SecretsKeysResource(Rotations rotations) {
        this.rotations = rotations;
    }

    /** Shows which keys there are. */
    @GET
    @RequiresScope(Scope.SECRETS_KEYS_READ)
    @Describes(
            id = "getSecretsKeys",
            summary = "Show which keys encrypt secrets, which servers have them, and how many values need each",
            response = "SecretsKeys")
    public JsonObject status() {
        return rotations.status();
    }

    /** Shows what a rotation would do. */
    @GET
    @Path("plan")
    @RequiresScope(Scope.SECRETS_KEYS_READ)
    @Describes(
            id = "planSecretsKeyRotation",
            summary = "Show what a rotation would encrypt anew: of the key-encryption key, or with 'tenant' or"
                    + " 'allTenants=true' of data keys",
            response = "SecretsKeyPlan")
    public JsonObject plan(
            @QueryParam("tenant") @Nullable String tenant, @QueryParam("allTenants") @Nullable String allTenants) {
        return rotations.plan(new Rotations.Wanted(Optional.ofNullable(tenant), "true".equals(allTenants), false));
    }

    /** Begins to replace keys. */
    @POST
    @Path("rotate")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.SECRETS_KEYS_WRITE)
    @Describes(
            id = "rotateSecretsKeys",
            summary =
                    "Replace the key-encryption key, the data keys of a tenant or of all, or the key of cursors; asked"
                            + " for once more, a rotation that was cut short is finished",
            request = "SecretsKeyRotate",
            response = "Operation",
            status = 202)
    public Response rotate(JsonObject body) {
        Fields fields = Fields.of(body, "SecretsKeyRotate");
        Optional<String> tenant = fields.text("tenant");
        if (fields.flag("cursors")) {
            if (tenant.isPresent() || fields.flag("allTenants") || fields.flag("acceptLost")) {
                throw Fields.invalid("cursors", "goes with nothing else");
            }
            return accepted(rotations.startCursors());
        }
        if (tenant.isPresent() && fields.flag("allTenants")) {
            throw Fields.invalid("allTenants", "does not go with 'tenant'");
        }
        return accepted(
                rotations.start(new Rotations.Wanted(tenant, fields.flag("allTenants"), fields.flag("acceptLost"))));
    }

    /** Begins to open all that is kept. */
    @POST
    @Path("check")
    @RequiresScope(Scope.SECRETS_KEYS_READ)
    @Describes(
            id = "checkSecrets",
            summary = "Open every secret that is kept, and tell how many cannot be opened and where they are",
            response = "Operation",
            status = 202)
    public Response check() {
        return accepted(rotations.check());
    }

    /** Removes keys that nothing needs. */
    @POST
    @Path("retire")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.SECRETS_KEYS_WRITE)
    @Describes(
            id = "retireSecretsKeys",
            summary = "Remove data keys that no value needs, and drop old key-encryption keys of this server's file;"
                    + " refused while something is encrypted with one",
            request = "SecretsKeyRetire",
            response = "SecretsKeysRetired")
    public JsonObject retire(JsonObject body) {
        return rotations.retire(Fields.of(body, "SecretsKeyRetire").flag("dryRun"));
    }

    private static Response accepted(Operation operation) {
        return Response.accepted(Views.operation(operation))
                .header("Location", "/api/v1/operations/" + operation.id())
                .build();
    }
}
