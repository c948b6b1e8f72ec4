package dev.agentos.http;

import dev.agentos.http.internal.PluginViews;
import dev.agentos.invocation.Schemas;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.Operation;
import dev.agentos.pluginruntime.InstallRequest;
import dev.agentos.pluginruntime.InstalledPlugin;
import dev.agentos.pluginruntime.PluginService;
import dev.agentos.pluginruntime.PluginStatus;
import dev.agentos.pluginruntime.logs.PluginLogs;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Scope;
import dev.agentos.web.Describes;
import dev.agentos.web.Fields;
import dev.agentos.web.Paging;
import dev.agentos.web.RequiresScope;
import dev.agentos.web.RouteFeature;
import dev.agentos.web.Streamed;
import dev.agentos.web.events.Follower;
import dev.agentos.web.resources.Preconditions;
import dev.agentos.web.resources.RecordsChanges;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The installed plugins, for platform administrators. */
@Path("plugins")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
@RecordsChanges
public final class PluginsResource {

    static final String JAR = "application/java-archive";

    private static final String LOGS =
            "List the last lines that a plugin wrote on this server, and that the server has to say of it, the newest"
                    + " first; 'level' is the least, as in WARNING, 'after' a sequence behind which to begin. As a"
                    + " stream, the oldest first and then what comes: events line, gap where lines are not here any"
                    + " more, and removed with the plugin";

    private final PluginService plugins;
    private final PluginInstalls installs;
    private final Streaming streaming;

    @Inject
    PluginsResource(PluginService plugins, PluginInstalls installs, Streaming streaming) {
        this.streaming = streaming;
        this.plugins = plugins;
        this.installs = installs;
    }

    /** Installs a plugin from the marketplace. */
    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.PLUGINS_WRITE)
    @Describes(
            id = "installPlugin",
            summary = "Install a plugin from the marketplace, or from an uploaded JAR; dryRun shows the plan",
            request = "PluginInstall",
            response = "Operation",
            status = 202,
            complete = "InstallPlan")
    public Response install(@Context ContainerRequestContext request, JsonObject body) {
        Fields fields = Fields.of(body, "PluginInstall");
        InstallRequest.Release release =
                new InstallRequest.Release(fields.requiredText("listing", 200), PluginInstalls.versions(fields));
        return installs.install(request, release, PluginInstalls.Terms.of(fields), Optional.empty());
    }

    /** Installs a plugin from an uploaded JAR. */
    @POST
    @Consumes({JAR, MediaType.MULTIPART_FORM_DATA})
    @Streamed
    @RequiresScope(Scope.PLUGINS_WRITE)
    @Describes(
            id = "installPlugin",
            summary = "Install a plugin from the marketplace, or from an uploaded JAR; dryRun shows the plan",
            request = "PluginInstall",
            response = "Operation",
            status = 202,
            complete = "InstallPlan")
    public Response upload(
            @Context ContainerRequestContext request,
            @Context HttpServletRequest servlet,
            @QueryParam("acceptAll") @Nullable String acceptAll,
            @QueryParam("acceptCritical") @Nullable String acceptCritical,
            @QueryParam("acceptPermissions") List<String> acceptPermissions,
            @QueryParam("sha512") @Nullable String sha512,
            @QueryParam("isolated") @Nullable String isolated,
            @QueryParam("dryRun") @Nullable String dryRun) {
        RouteFeature.refuseEncoding(request);
        PluginInstalls.Terms terms =
                PluginInstalls.Terms.of(acceptAll, acceptCritical, acceptPermissions, sha512, isolated, dryRun);
        return installs.installUpload(request, servlet, terms, Optional.empty());
    }

    /** Lists the plugins. */
    @GET
    @RequiresScope(Scope.PLUGINS_READ)
    @Describes(id = "listPlugins", summary = "List the installed plugins", response = "PluginPage")
    public JsonObject list(@QueryParam("limit") @Nullable String limit, @QueryParam("cursor") @Nullable String cursor) {
        return Paging.of("plugins", limit, cursor)
                .answer(plugins.list(), status -> status.plugin().plugin(), PluginViews::plugin);
    }

    /** Shows a plugin. */
    @GET
    @Path("{id}")
    @RequiresScope(Scope.PLUGINS_READ)
    @Describes(
            id = "getPlugin",
            summary = "Show a plugin; the ETag is that of its configuration and isolation",
            response = "Plugin")
    public Response find(@PathParam("id") String id) {
        PluginStatus plugin = plugins.require(id);
        return Response.ok(PluginViews.plugin(plugin)
                        .with("configuration", plugin.configuration())
                        .with("configurationSchema", plugin.settings()))
                .header("ETag", PluginViews.etag(plugin))
                .build();
    }

    /** Uninstalls a plugin. */
    @DELETE
    @Path("{id}")
    @RequiresScope(Scope.PLUGINS_WRITE)
    @Describes(
            id = "uninstallPlugin",
            summary =
                    "Uninstall a plugin; with force=true although somebody uses it, with dryRun=true only say who does",
            response = "Operation",
            status = 202,
            complete = "PluginUses")
    public Response uninstall(
            @PathParam("id") String id,
            @QueryParam("force") @Nullable String force,
            @QueryParam("dryRun") @Nullable String dryRun) {
        return gone(id, force, dryRun, plugins::uninstall);
    }

    private Response uses(String id) {
        return Response.ok(plugins.uses(id).toJson(id)).build();
    }

    /** Shows what a plugin declares and what is granted. */
    @GET
    @Path("{id}/permissions")
    @RequiresScope(Scope.PLUGINS_READ)
    @Describes(
            id = "getPluginPermissions",
            summary = "Show what a plugin declares and what of it is granted",
            response = "PluginPermissions")
    public Response permissions(@PathParam("id") String id) {
        // First, so that the tag is of what is shown, or of what was before.
        String etag = PluginViews.grantsTag(plugins.installed(id));
        return Preconditions.tagged(
                PluginViews.permissions(plugins.permissions(id)).with("etag", etag), etag);
    }

    /** Shows the verifier's report. */
    @GET
    @Path("{id}/report")
    @RequiresScope(Scope.PLUGINS_READ)
    @Describes(id = "getPluginReport", summary = "Show the verifier's report on a plugin", response = "PluginReport")
    public JsonObject report(@PathParam("id") String id) {
        return plugins.report(id);
    }

    /** Shows what a plugin says of itself. */
    @GET
    @Path("{id}/readme")
    @RequiresScope(Scope.PLUGINS_READ)
    @Describes(
            id = "getPluginReadme",
            summary = "Show what a plugin says of itself, in Markdown of its author",
            response = "Readme")
    public JsonObject readme(@PathParam("id") String id) {
        return PluginViews.readme(plugins.require(id).plugin().version(), plugins.readme(id));
    }

    /** Shows the last lines about a plugin. */
    @GET
    @Path("{id}/logs")
    @RequiresScope(Scope.PLUGINS_READ)
    @Describes(id = "listPluginLogs", summary = LOGS, response = "PluginLogPage", streams = true)
    public JsonObject logs(
            @PathParam("id") String id,
            @QueryParam("level") @Nullable String level,
            @QueryParam("after") @Nullable String after,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        Paging paging = Paging.of("plugin-logs", limit, cursor);
        long before = paging.request().place(Long.MAX_VALUE);
        PluginLogs.Query query = new PluginLogs.Query(
                level(level), Follower.after(after), before, paging.request().limit());
        return paging.answer(plugins.log(id).find(query), PluginViews::line);
    }

    /** Streams the same, the oldest first, and then what comes. */
    @GET
    @Path("{id}/logs")
    @Produces("text/event-stream;qs=0.5")
    @RequiresScope(Scope.PLUGINS_READ)
    @Describes(id = "listPluginLogs", summary = LOGS, response = "PluginLogPage", streams = true)
    public Response followLogs(
            @Context ContainerRequestContext request,
            @PathParam("id") String id,
            @QueryParam("level") @Nullable String level,
            @QueryParam("after") @Nullable String after,
            @HeaderParam("Last-Event-ID") @Nullable String lastEventId) {
        Follower.after(after);
        return streaming.open(
                request,
                "log of " + id,
                PluginViews.followed(plugins.log(id), level(level)),
                Streaming.resumeAfter(lastEventId, after));
    }

    private static Level level(@Nullable String name) {
        if (name == null) {
            return Level.ALL;
        }
        return Stream.of(Level.TRACE, Level.DEBUG, Level.INFO, Level.WARNING, Level.ERROR)
                .filter(level -> level.name().equals(name))
                .findFirst()
                .orElseThrow(() -> Fields.invalid("level", "is not one of TRACE, DEBUG, INFO, WARNING, ERROR"));
    }

    /** Configures a plugin. */
    @PUT
    @Path("{id}/configuration")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.PLUGINS_WRITE)
    @Describes(
            id = "configurePlugin",
            summary = "Replace a plugin's configuration and restart it; takes If-Match",
            request = "PluginConfiguration",
            response = "Operation",
            status = 202)
    public Response configure(
            @PathParam("id") String id, @HeaderParam("If-Match") @Nullable String ifMatch, JsonObject configuration) {
        PluginStatus status = plugins.require(id);
        Preconditions.requireMatch(ifMatch, PluginViews.etag(status));
        List<Fault> faults = Schemas.check(status.settings(), configuration, "");
        InvalidInputException.refuse(
                faults,
                KernelErrorCode.INVALID_FIELD,
                "The configuration does not fit the plugin '" + id + "'",
                "GET /api/v1/plugins/" + id + " shows its configurationSchema.");
        return OperationsResource.accepted(plugins.configure(id, seen(ifMatch), configuration));
    }

    private static Consumer<InstalledPlugin> seen(@Nullable String ifMatch) {
        return row -> Preconditions.requireMatch(ifMatch, PluginViews.etag(row));
    }

    /** Moves a plugin to a process of its own, or back. */
    @PUT
    @Path("{id}/isolation")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.PLUGINS_WRITE)
    @Describes(
            id = "isolatePlugin",
            summary = "Run a plugin in a process of its own, or in the server's again; loads it anew. Takes"
                    + " If-Match",
            request = "PluginIsolation",
            response = "Operation",
            status = 202)
    public Response isolate(
            @PathParam("id") String id, @HeaderParam("If-Match") @Nullable String ifMatch, JsonObject body) {
        boolean isolated = Fields.of(body, "PluginIsolation")
                .optionalFlag("isolated")
                .orElseThrow(() -> Fields.invalid("isolated", "is required: true or false"));
        return OperationsResource.accepted(plugins.isolate(id, seen(ifMatch), isolated));
    }

    /** Swaps a plugin's version for one of the marketplace. */
    @POST
    @Path("{id}/swap")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.PLUGINS_WRITE)
    @Describes(
            id = "swapPlugin",
            summary = "Replace a plugin's version while calls go on; dryRun shows the plan",
            request = "PluginSwap",
            response = "Operation",
            status = 202,
            complete = "InstallPlan")
    public Response swap(@Context ContainerRequestContext request, @PathParam("id") String id, JsonObject body) {
        Fields fields = Fields.of(body, "PluginSwap");
        plugins.require(id);
        if (fields.flag("pending")) {
            return installs.installPending(request, id, PluginInstalls.Terms.of(fields));
        }
        InstallRequest.Release release =
                new InstallRequest.Release(fields.text("listing").orElse(id), PluginInstalls.versions(fields));
        return installs.install(request, release, PluginInstalls.Terms.of(fields), Optional.of(id));
    }

    /** Swaps a plugin's version for an uploaded one. */
    @POST
    @Path("{id}/swap")
    @Consumes({JAR, MediaType.MULTIPART_FORM_DATA})
    @Streamed
    @RequiresScope(Scope.PLUGINS_WRITE)
    @Describes(
            id = "swapPlugin",
            summary = "Replace a plugin's version while calls go on; dryRun shows the plan",
            request = "PluginSwap",
            response = "Operation",
            status = 202,
            complete = "InstallPlan")
    public Response swapUpload(
            @Context ContainerRequestContext request,
            @Context HttpServletRequest servlet,
            @PathParam("id") String id,
            @QueryParam("acceptAll") @Nullable String acceptAll,
            @QueryParam("acceptCritical") @Nullable String acceptCritical,
            @QueryParam("acceptPermissions") List<String> acceptPermissions,
            @QueryParam("sha512") @Nullable String sha512,
            @QueryParam("isolated") @Nullable String isolated,
            @QueryParam("dryRun") @Nullable String dryRun) {
        RouteFeature.refuseEncoding(request);
        plugins.require(id);
        PluginInstalls.Terms terms =
                PluginInstalls.Terms.of(acceptAll, acceptCritical, acceptPermissions, sha512, isolated, dryRun);
        return installs.installUpload(request, servlet, terms, Optional.of(id));
    }

    /** Forgets the update that waits for consent. */
    @DELETE
    @Path("{id}/pending")
    @RequiresScope(Scope.PLUGINS_WRITE)
    @Describes(id = "dismissPluginUpdate", summary = "Forget the update that waits for consent", status = 204)
    public void dismiss(@PathParam("id") String id) {
        plugins.require(id);
        plugins.dismiss(id);
    }

    /** Grants exactly these permissions. */
    @PUT
    @Path("{id}/permissions")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.PLUGINS_WRITE)
    @Describes(
            id = "putPluginPermissions",
            summary = "Grant exactly these of the permissions that a plugin declares, and load it anew. More than"
                    + " before waits for whom rules ask. Takes If-Match",
            request = "PluginGrants",
            response = "Operation",
            status = 202)
    public Response grant(
            @Context ContainerRequestContext request,
            @PathParam("id") String id,
            @HeaderParam("If-Match") @Nullable String ifMatch,
            JsonObject body) {
        Fields fields = Fields.of(body, "PluginGrants");
        plugins.require(id);
        return OperationsResource.accepted(plugins.grant(
                id,
                row -> Preconditions.requireMatch(ifMatch, PluginViews.grantsTag(row)),
                PluginInstalls.Terms.granting(fields, plugins.permissions(id)),
                PluginInstalls.by(request)));
    }

    /** Agrees to what tools say of themselves that are switched off for it. */
    @POST
    @Path("{id}/tools/agree")
    @Consumes(MediaType.APPLICATION_JSON)
    @RequiresScope(Scope.PLUGINS_WRITE)
    @Describes(
            id = "agreeToPluginTools",
            summary = "Agree to what a plugin's tools say that are withheld for it, by the digests that were read",
            request = "PluginToolTexts",
            response = "Operation",
            status = 202)
    public Response agree(@PathParam("id") String id, JsonObject body) {
        JsonObject tools = Fields.of(body, "PluginToolTexts")
                .optionalObject("tools")
                .filter(named -> !named.isEmpty())
                .orElseThrow(() -> Fields.invalid("tools", "names no tool"));
        Map<String, String> agreed = new HashMap<>();
        tools.members()
                .forEach((tool, digest) -> agreed.put(
                        tool,
                        tools.text(tool)
                                .filter(text -> text.matches("[0-9a-f]{64}"))
                                .orElseThrow(() -> Fields.invalid(
                                        "tools", "gives for '" + tool + "' no SHA-256 in hexadecimal digits"))));
        return OperationsResource.accepted(plugins.agree(id, agreed));
    }

    /** Returns to the version before. */
    @POST
    @Path("{id}/rollback")
    @RequiresScope(Scope.PLUGINS_WRITE)
    @Describes(
            id = "rollbackPlugin",
            summary = "Return to the version before, with the grants that it had",
            response = "Operation",
            status = 202)
    public Response rollback(@PathParam("id") String id) {
        return OperationsResource.accepted(plugins.rollback(id));
    }

    /** Loads a plugin anew. */
    @POST
    @Path("{id}/restart")
    @RequiresScope(Scope.PLUGINS_WRITE)
    @Describes(id = "restartPlugin", summary = "Load a plugin anew", response = "Operation", status = 202)
    public Response restart(@PathParam("id") String id) {
        return OperationsResource.accepted(plugins.restart(id));
    }

    /** Starts a disabled plugin. */
    @POST
    @Path("{id}/enable")
    @RequiresScope(Scope.PLUGINS_WRITE)
    @Describes(id = "enablePlugin", summary = "Start a plugin that was disabled", response = "Operation", status = 202)
    public Response enable(@PathParam("id") String id) {
        return OperationsResource.accepted(plugins.enable(id));
    }

    /** Stops a plugin and keeps it installed. */
    @POST
    @Path("{id}/disable")
    @RequiresScope(Scope.PLUGINS_WRITE)
    @Describes(
            id = "disablePlugin",
            summary = "Stop a plugin and keep it installed; with force=true although somebody uses it, with dryRun=true"
                    + " only say who does",
            response = "Operation",
            status = 202,
            complete = "PluginUses")
    public Response disable(
            @PathParam("id") String id,
            @QueryParam("force") @Nullable String force,
            @QueryParam("dryRun") @Nullable String dryRun) {
        return gone(id, force, dryRun, plugins::disable);
    }

    /** Takes a plugin away in that way, or only says who uses it. */
    private Response gone(
            String id, @Nullable String force, @Nullable String dryRun, BiFunction<String, Boolean, Operation> way) {
        boolean forced = PluginInstalls.flag("force", force);
        return PluginInstalls.flag("dryRun", dryRun) ? uses(id) : OperationsResource.accepted(way.apply(id, forced));
    }
}
