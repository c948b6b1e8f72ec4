package dev.agentos.http;

import dev.agentos.http.internal.Describes;
import dev.agentos.http.internal.Fields;
import dev.agentos.http.internal.RequiresScope;
import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.pluginruntime.PluginService;
import dev.agentos.pluginruntime.Publishers;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Scope;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;

/** Who may publish which plugin, for platform administrators. */
@Path("")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
public final class PublishersResource {

    private final Publishers publishers;

    @Inject
    PublishersResource(PluginService plugins) {
        this.publishers = plugins.publishers();
    }

    /** Lists the bindings. */
    @GET
    @Path("publishers")
    @RequiresScope(Scope.PLUGINS_READ)
    @Describes(
            id = "listPublishers",
            summary = "List the plugins that are bound to a publisher's certificate",
            response = "PublisherPage")
    public JsonObject list() {
        return Views.page(
                publishers.bindings().stream().map(PublishersResource::view).toList());
    }

    /** Binds a plugin to a certificate. */
    @PUT
    @Path("publishers/{plugin}")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.PLUGINS_WRITE)
    @Describes(
            id = "putPublisher",
            summary = "Trust a certificate for a plugin, instead of the one it is bound to",
            request = "PublisherPut",
            response = "Publisher")
    public JsonObject trust(@PathParam("plugin") String plugin, JsonObject body) {
        Fields fields = Fields.of(body, "PublisherPut");
        String name = fields.has("publisher") ? fields.requiredText("publisher", 100) : "";
        return view(publishers.trust(plugin, name, fields.requiredText("fingerprint", 64)));
    }

    /** Forgets to whom a plugin is bound. */
    @DELETE
    @Path("publishers/{plugin}")
    @RequiresScope(Scope.PLUGINS_WRITE)
    @Describes(
            id = "deletePublisher",
            summary = "Forget a plugin's publisher: the next signed version binds it anew",
            status = 204)
    public void forget(@PathParam("plugin") String plugin) {
        if (!publishers.forget(plugin)) {
            throw new AgentOsException(
                    PluginErrorCode.UNKNOWN_PLUGIN,
                    "Plugin '" + plugin + "' is bound to no publisher.",
                    "Look at the list of publishers.");
        }
    }

    /** Lists the revoked certificates. */
    @GET
    @Path("revoked-certificates")
    @RequiresScope(Scope.PLUGINS_READ)
    @Describes(
            id = "listRevocations",
            summary = "List the certificates that are not trusted any more, the newest first",
            response = "RevocationPage")
    public JsonObject revocations() {
        return Views.page(
                publishers.revocations().stream().map(PublishersResource::view).toList());
    }

    /** Revokes a certificate. */
    @PUT
    @Path("revoked-certificates/{fingerprint}")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.PLUGINS_WRITE)
    @Describes(
            id = "putRevocation",
            summary = "Refuse whatever is signed with a certificate from now on",
            request = "RevocationPut",
            response = "Revocation")
    public JsonObject revoke(@PathParam("fingerprint") String fingerprint, JsonObject body) {
        Fields fields = Fields.of(body, "RevocationPut");
        return view(publishers.revoke(fingerprint, fields.requiredText("reason", 500)));
    }

    private static JsonObject view(Publishers.Binding binding) {
        return JsonObject.of(
                "plugin", binding.plugin(),
                "publisher", binding.publisher(),
                "fingerprint", binding.fingerprint(),
                "since", Views.time(binding.since()));
    }

    private static JsonObject view(Publishers.Revocation revocation) {
        return JsonObject.of(
                "fingerprint", revocation.fingerprint(),
                "reason", revocation.reason(),
                "since", Views.time(revocation.since()));
    }
}
