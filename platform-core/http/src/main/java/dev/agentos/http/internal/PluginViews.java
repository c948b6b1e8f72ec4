package dev.agentos.http.internal;

import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Json;
import dev.agentos.pluginruntime.ExtensionListing;
import dev.agentos.pluginruntime.InstallPlan;
import dev.agentos.pluginruntime.InstallPlan.PermissionStatus;
import dev.agentos.pluginruntime.InstalledPlugin;
import dev.agentos.pluginruntime.PluginStatus;
import dev.agentos.pluginruntime.consent.ToolTexts;
import dev.agentos.pluginruntime.logs.PluginLogs;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.spi.Permissions;
import dev.agentos.spi.ToolDescription;
import dev.agentos.verifier.Signer;
import dev.agentos.web.events.EventLog;
import dev.agentos.web.resources.Preconditions;
import dev.agentos.web.resources.Views;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** How the API writes plugins. */
public final class PluginViews {

    private PluginViews() {}

    public static JsonObject plugin(PluginStatus status) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("id", status.plugin().plugin());
        members.put("version", status.plugin().version());
        members.put("etag", etag(status));
        members.put("description", status.description());
        members.put("isolated", status.isolated());
        members.put("state", status.state().name());
        status.failure().map(Failure::message).ifPresent(reason -> members.put("reason", reason));
        status.failure().ifPresent(failure -> members.put("failure", failure.toJson()));
        members.put("sha512", status.plugin().sha512());
        status.previous().ifPresent(previous -> members.put("previous", previous));
        status.pending()
                .ifPresent(pending -> members.put(
                        "pending",
                        JsonObject.of(
                                "version",
                                pending.plugin().version(),
                                "sha512",
                                pending.plugin().sha512(),
                                "changes",
                                pending.changes().stream()
                                        .map(PluginViews::change)
                                        .toList())));
        members.put("callsInFlight", status.callsInFlight());
        members.put(
                "versions", status.versions().stream().map(PluginViews::loaded).toList());
        members.put(
                "denials",
                status.denials().stream()
                        .map(denied -> JsonObject.of(
                                "permission", denied.permission(), "at", denied.at(), "count", denied.count()))
                        .toList());
        status.components().ifPresent(components -> members.put("components", components));
        members.put(
                "withheld",
                status.withheld().stream().map(PluginViews::withheld).toList());
        members.put(
                "extensions",
                status.extensions().stream().map(PluginViews::extension).toList());
        return Views.object(members);
    }

    private static JsonObject withheld(PluginStatus.Withheld withheld) {
        ToolDescription tool = withheld.tool();
        JsonObject now = JsonObject.of(
                "tool", tool.name(),
                "description", tool.description(),
                "inputSchema", tool.inputSchema(),
                "effect", tool.effect().name(),
                "sha256", ToolTexts.digest(tool));
        return withheld.agreed()
                .map(agreed -> now.with("agreed", agreed(agreed)))
                .orElse(now);
    }

    private static JsonObject agreed(ToolTexts.Agreed agreed) {
        JsonObject digest = JsonObject.of("sha256", agreed.sha256());
        return agreed.said()
                .map(said -> digest.with("description", said.text("description").orElse(""))
                        .with("inputSchema", said.object("inputSchema").orElse(JsonObject.EMPTY))
                        .with("effect", said.text("effect").orElse("")))
                .orElse(digest);
    }

    private static JsonObject loaded(PluginStatus.Loaded version) {
        return JsonObject.of(
                "version", version.plugin().version(),
                "sha512", version.plugin().sha512(),
                "phase", version.phase().name(),
                "callsInFlight", version.callsInFlight(),
                "executions", version.executions());
    }

    /** A line of a plugin's log. */
    public static JsonObject line(PluginLogs.Line line) {
        return JsonObject.of(
                "sequence", line.sequence(),
                "at", Views.time(line.at()),
                "level", line.level().name(),
                "source", line.source().name(),
                "version", line.version(),
                "message", line.message());
    }

    /**
     * A plugin's log as a stream follows it, until the plugin is removed; lines of less than that level are passed
     * over.
     */
    public static EventLog followed(PluginLogs.Log log, Level least) {
        return EventLog.rising((sequence, most) -> {
            boolean ended = log.ended();
            List<EventLog.Entry> entries = new ArrayList<>(log.after(sequence, most).stream()
                    .map(entry -> event(entry, least))
                    .toList());
            if (ended && entries.size() < most) {
                long last = entries.isEmpty() ? sequence : entries.getLast().sequence();
                entries.add(new EventLog.Entry(last + 1, "removed", JsonObject.EMPTY, true));
            }
            return entries;
        });
    }

    private static EventLog.Entry event(PluginLogs.Entry entry, Level least) {
        return switch (entry) {
            case PluginLogs.Gone gone ->
                new EventLog.Entry(gone.sequence(), "gap", JsonObject.of("before", gone.sequence()), false);
            case PluginLogs.Line line ->
                new EventLog.Entry(
                        line.sequence(), "line", line(line), line.level().getSeverity() >= least.getSeverity(), false);
        };
    }

    /** The ETag of what an administrator says of a plugin: its configuration, and whether it is isolated. */
    public static String etag(PluginStatus status) {
        return etag(status.configuration(), status.isolated());
    }

    /** The same of what is kept. */
    public static String etag(InstalledPlugin row) {
        return etag(row.configuration(), row.isolated());
    }

    private static String etag(JsonObject configuration, boolean isolated) {
        return Preconditions.digest(Json.write(configuration), String.valueOf(isolated));
    }

    /** The ETag of what the version in force is granted. */
    public static String grantsTag(InstalledPlugin row) {
        return Preconditions.digest(
                row.release().sha512(),
                row.release().grants().stream()
                        .map(Permission::toString)
                        .sorted()
                        .collect(Collectors.joining("\n")));
    }

    public static JsonObject permissions(List<PermissionStatus> statuses) {
        return JsonObject.of(
                "declared",
                statuses.stream().map(status -> permission(status.request())).toList(),
                "granted",
                statuses.stream()
                        .flatMap(status -> status.grants().stream())
                        .distinct()
                        .map(Permission::toString)
                        .toList());
    }

    public static JsonObject plan(InstallPlan plan) {
        return JsonObject.of(
                "plugins",
                plan.steps().stream()
                        .map(step -> JsonObject.of(
                                "id", step.plugin().plugin(),
                                "version", step.plugin().version(),
                                "sha512", step.plugin().sha512(),
                                "action", step.installed().isPresent() ? "swap" : "install",
                                "signer", step.signer().map(Signer::toJson).orElse(null),
                                "permissions",
                                        step.permissions().stream()
                                                .map(status -> permission(status.request()))
                                                .toList(),
                                "changes",
                                        step.changes().stream()
                                                .map(PluginViews::change)
                                                .toList(),
                                "newPermissions",
                                        step.permissions().stream()
                                                .filter(PermissionStatus::added)
                                                .map(status -> status.request()
                                                        .permission()
                                                        .toString())
                                                .toList(),
                                "isolated", step.placement().isolated(),
                                "isolatedBecause", step.placement().because(),
                                "readme", step.readme().orElse("")))
                        .toList(),
                "dependants",
                plan.dependants(),
                "warnings",
                plan.warnings());
    }

    /** What a version of a plugin says of itself. */
    public static JsonObject readme(String version, Optional<String> markdown) {
        return JsonObject.of("version", version, "readme", markdown.orElse(""));
    }

    private static JsonObject change(Permissions.Change change) {
        return JsonObject.of(
                "type",
                change.type().name(),
                "before",
                change.before().map(Permission::toString).orElse(null),
                "after",
                change.after().map(Permission::toString).orElse(null),
                "phrase",
                change.inWords());
    }

    /** A declared permission in words that an administrator can decide on. */
    public static JsonObject permission(PermissionRequest request) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("permission", request.permission().toString());
        members.put("kind", request.permission().kind().word());
        request.permission().target().ifPresent(target -> members.put("target", target));
        members.put("reason", request.reason());
        members.put("risk", request.permission().kind().risk().name());
        members.put("phrase", request.permission().kind().phrase());
        members.put("optional", request.optional());
        return Views.object(members);
    }

    private static JsonObject extension(ExtensionListing listing) {
        String kind = switch (listing.description()) {
            case ExtensionListing.OfTool ignored -> "tool";
            case ExtensionListing.OfModels ignored -> "model-provider";
            case ExtensionListing.OfEmbeddings ignored -> "embedding-provider";
            case ExtensionListing.OfNodeType ignored -> "node-type";
            case ExtensionListing.OfReducer ignored -> "channel-reducer";
            case ExtensionListing.OfProtocol ignored -> "protocol";
            case ExtensionListing.OfSite ignored -> "site";
            case ExtensionListing.OfPack ignored -> "agent-pack";
        };
        return JsonObject.of("kind", kind, "name", listing.description().name());
    }
}
