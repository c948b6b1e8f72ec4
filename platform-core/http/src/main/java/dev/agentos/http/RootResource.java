package dev.agentos.http;

import dev.agentos.pluginruntime.PluginService;
import dev.agentos.spi.JsonObject;
import dev.agentos.web.Caller;
import dev.agentos.web.Describes;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.resources.Views;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.LinkedHashMap;
import java.util.Map;

/** The API's front door: what this is and who the caller is. */
@Path("")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
public final class RootResource {

    private final String version;
    private final PluginService plugins;

    @Inject
    RootResource(HttpConfig config, PluginService plugins) {
        this.version = config.version();
        this.plugins = plugins;
    }

    /** Says who the caller is. */
    @GET
    @RequiresScope({})
    @Describes(id = "getRoot", summary = "Say what this is and who the caller is", response = "Root")
    public JsonObject root(@Context ContainerRequestContext request) {
        Caller caller = Caller.of(request);
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("name", "AgentOS");
        members.put("version", version);
        members.put(
                "principal",
                JsonObject.of(
                        "id", caller.principal().id(),
                        "name", caller.principal().name(),
                        "platform", caller.principal().platform(),
                        "scopes", Views.words(caller.principal().scopes()),
                        "agents", Views.agents(caller.principal().rights())));
        caller.actingFor().ifPresent(tenant -> members.put("tenant", tenant.value()));
        if (caller.principal().platform()) {
            // How safe the server is, is for those who can change it.
            members.put(
                    "warnings",
                    plugins.warnings().stream()
                            .map(warning -> JsonObject.of("setting", warning.setting(), "message", warning.message()))
                            .toList());
        }
        members.put("links", JsonObject.of("description", "/openapi.json"));
        return Views.object(members);
    }
}
