package dev.agentos.http;

import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.pluginruntime.PluginService;
import dev.agentos.pluginruntime.Publishers;
import dev.agentos.registryclient.IndexTrust;
import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Scope;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.Paging;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.resources.Preconditions;
import dev.agentos.web.resources.RecordsChanges;
import dev.agentos.web.resources.Views;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Who may publish which plugin, and which registry is believed, for platform administrators. */
@Path("")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
@RecordsChanges
public final class TrustResource {

    private final PluginService plugins;
    private final Publishers publishers;
    private final Optional<IndexTrust> registry;

    @Inject
    TrustResource(PluginService plugins, MarketplaceResource.Marketplace marketplace) {
        this.plugins = plugins;
        this.publishers = plugins.publishers();
        this.registry = marketplace.registry().trust();
    }

    /** Lists the bindings. */
    @GET
    @Path("publishers")
    @RequiresScope(Scope.PLUGINS_READ)
    @Describes(
            id = "listPublishers",
            summary = "List the plugins that are bound to a publisher's certificate",
            response = "PublisherPage")
    public JsonObject list(@QueryParam("limit") @Nullable String limit, @QueryParam("cursor") @Nullable String cursor) {
        return Paging.of("publishers", limit, cursor)
                .answer(publishers.bindings(), Publishers.Binding::plugin, TrustResource::view);
    }

    /** Shows a binding. */
    @GET
    @Path("publishers/{plugin}")
    @RequiresScope(Scope.PLUGINS_READ)
    @Describes(
            id = "getPublisher",
            summary = "Show the publisher's certificate that a plugin is bound to",
            response = "Publisher")
    public Response find(@PathParam("plugin") String plugin) {
        return answer(require(plugin));
    }

    private Publishers.Binding require(String plugin) {
        return publishers
                .find(plugin)
                .orElseThrow(() -> new AgentOsException(
                        PluginErrorCode.UNKNOWN_PLUGIN,
                        "Plugin '" + plugin + "' is bound to no publisher.",
                        "Look at the list of publishers."));
    }

    private static Response answer(Publishers.Binding binding) {
        return Preconditions.tagged(view(binding), etag(binding));
    }

    private static String etag(Publishers.Binding binding) {
        return Preconditions.digest(
                binding.publisher(), binding.fingerprint(), binding.registry(), Views.time(binding.since()));
    }

    /** Binds a plugin to a certificate. */
    @PUT
    @Path("publishers/{plugin}")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.PLUGINS_WRITE)
    @Describes(
            id = "putPublisher",
            summary = "Trust a certificate for a plugin, instead of the one it is bound to. Takes If-Match when it is"
                    + " bound to one",
            request = "PublisherPut",
            response = "Publisher")
    public Response trust(
            @PathParam("plugin") String plugin, @HeaderParam("If-Match") @Nullable String ifMatch, JsonObject body) {
        Fields fields = Fields.of(body, "PublisherPut");
        String name = fields.has("publisher") ? fields.requiredText("publisher", 100) : "";
        String origin = fields.has("registry") ? fields.requiredText("registry", 64) : "";
        String fingerprint = fields.requiredText("fingerprint", 64);
        Optional<Publishers.Binding> seen = publishers.find(plugin);
        Preconditions.check(ifMatch, seen.map(TrustResource::etag));
        return answer(publishers.trust(plugin, name, fingerprint, origin, seen));
    }

    /** Forgets to whom a plugin is bound. */
    @DELETE
    @Path("publishers/{plugin}")
    @RequiresScope(Scope.PLUGINS_WRITE)
    @Describes(
            id = "deletePublisher",
            summary = "Forget a plugin's publisher: the next signed version binds it anew. Takes If-Match",
            status = 204)
    public void forget(@PathParam("plugin") String plugin, @HeaderParam("If-Match") @Nullable String ifMatch) {
        Publishers.Binding seen = require(plugin);
        Preconditions.requireMatch(ifMatch, etag(seen));
        publishers.forget(seen);
    }

    /** Lists the revoked certificates. */
    @GET
    @Path("revoked-certificates")
    @RequiresScope(Scope.PLUGINS_READ)
    @Describes(
            id = "listRevocations",
            summary = "List the certificates that are not trusted any more, the newest first",
            response = "RevocationPage")
    public JsonObject revocations(
            @QueryParam("limit") @Nullable String limit, @QueryParam("cursor") @Nullable String cursor) {
        Paging paging = Paging.of("revoked-certificates", limit, cursor);
        return paging.answer(
                paging.page(
                        publishers.revocations(),
                        one -> Views.time(one.since()) + one.fingerprint(),
                        Comparator.reverseOrder()),
                this::view);
    }

    /** Revokes a certificate. */
    @PUT
    @Path("revoked-certificates/{fingerprint}")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.PLUGINS_WRITE)
    @Describes(
            id = "putRevocation",
            summary = "Refuse whatever is signed with a certificate from now on; says which installed plugins are",
            request = "RevocationPut",
            response = "Revocation")
    public JsonObject revoke(@PathParam("fingerprint") String fingerprint, JsonObject body) {
        Fields fields = Fields.of(body, "RevocationPut");
        return view(publishers.revoke(fingerprint, fields.requiredText("reason", 500)));
    }

    /** Shows which key the registry is trusted with. */
    @GET
    @Path("registry-trust")
    @RequiresScope(Scope.PLUGINS_READ)
    @Describes(
            id = "getRegistryTrust",
            summary = "Show which registry is used, its key, and the last version of its index that was seen",
            response = "RegistryTrust")
    public Response registryTrust() {
        IndexTrust trust = otherRegistry();
        return answer(trust, trust.pin());
    }

    private static Response answer(IndexTrust trust, Optional<IndexTrust.Pin> pin) {
        return Preconditions.tagged(view(trust, pin), etag(pin).orElse(Preconditions.ABSENT));
    }

    /** Of the key: the version rises by itself. */
    private static Optional<String> etag(Optional<IndexTrust.Pin> pin) {
        return pin.map(known -> Preconditions.digest(known.fingerprint()));
    }

    /** Trusts another key of the registry. */
    @PUT
    @Path("registry-trust")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.PLUGINS_WRITE)
    @Describes(
            id = "putRegistryTrust",
            summary = "Trust a key of the registry instead of the one before, at whatever version of its index."
                    + " Takes If-Match when a key is trusted",
            request = "RegistryTrustPut",
            response = "RegistryTrust")
    public Response trustRegistry(@HeaderParam("If-Match") @Nullable String ifMatch, JsonObject body) {
        Fields fields = Fields.of(body, "RegistryTrustPut");
        IndexTrust trust = otherRegistry();
        String fingerprint = fields.requiredText("fingerprint", 64);
        IndexTrust.Pin pin = trust.trust(fingerprint, seen -> Preconditions.check(ifMatch, etag(seen)));
        return answer(trust, Optional.of(pin));
    }

    /** Forgets the registry's key. */
    @DELETE
    @Path("registry-trust")
    @RequiresScope(Scope.PLUGINS_WRITE)
    @Describes(
            id = "deleteRegistryTrust",
            summary = "Forget the registry's key and version: the next index that is seen decides anew."
                    + " Takes If-Match when a key is trusted",
            status = 204)
    public void forgetRegistry(@HeaderParam("If-Match") @Nullable String ifMatch) {
        otherRegistry().forget(seen -> Preconditions.check(ifMatch, etag(seen)));
    }

    private IndexTrust otherRegistry() {
        return registry.orElseThrow(() -> new AgentOsException(
                RegistryErrorCode.UNKNOWN_RESOURCE,
                "This server uses its own registry, which it need not be told to trust.",
                "Name another one with the setting registry-url."));
    }

    private static JsonObject view(IndexTrust trust, Optional<IndexTrust.Pin> pin) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("address", trust.address());
        members.put("required", trust.isRequired());
        pin.ifPresent(known -> {
            members.put("registry", known.registry());
            members.put("fingerprint", known.fingerprint());
            members.put("since", Views.time(known.since()));
            members.put("version", known.version());
            known.expires().ifPresent(expires -> members.put("expires", Views.time(expires)));
        });
        return Views.object(members);
    }

    private static JsonObject view(Publishers.Binding binding) {
        return JsonObject.of(
                "plugin", binding.plugin(),
                "etag", etag(binding),
                "publisher", binding.publisher(),
                "fingerprint", binding.fingerprint(),
                "since", Views.time(binding.since()),
                "registry", binding.registry());
    }

    private JsonObject view(Publishers.Revocation revocation) {
        return JsonObject.of(
                "fingerprint", revocation.fingerprint(),
                "reason", revocation.reason(),
                "since", Views.time(revocation.since()),
                "plugins",
                        plugins.signedWith(revocation.fingerprint()).stream()
                                .map(concerned -> JsonObject.of(
                                        "id", concerned.plugin().plugin(),
                                        "version", concerned.plugin().version(),
                                        "role", concerned.role()))
                                .toList());
    }
}
