package dev.agentos.pluginruntime;

import dev.agentos.pluginruntime.consent.InstallApprovals;
import dev.agentos.pluginruntime.consent.InstallRules;
import dev.agentos.pluginruntime.consent.Lookalikes;
import dev.agentos.pluginruntime.consent.PluginUses;
import dev.agentos.pluginruntime.consent.ToolTexts;
import dev.agentos.pluginruntime.internal.Certificates;
import dev.agentos.policy.Decision;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Permission;
import dev.agentos.spi.Permissions;
import dev.agentos.tenancy.TenantId;
import dev.agentos.verifier.Signer;
import dev.agentos.verifier.bill.BillOfMaterials;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the store says is installed, with the files that belong to it. */
final class PluginRows {

    private static final Logger LOG = LoggerFactory.getLogger(PluginRows.class);

    private final PluginStore store;
    private final PluginFiles files;
    private final Publishers publishers;
    private final InstallRules rules;
    private final PluginUses uses;
    private final Isolation isolation;

    PluginRows(
            PluginStore store,
            PluginFiles files,
            Publishers publishers,
            InstallRules rules,
            PluginUses uses,
            Isolation isolation) {
        this.isolation = isolation;
        this.rules = rules;
        this.uses = uses;
        this.store = store;
        this.files = files;
        this.publishers = publishers;
    }

    /** All rows, by id. */
    Map<String, InstalledPlugin> all() {
        return store.list().stream()
                .collect(Collectors.toMap(InstalledPlugin::id, row -> row, (a, b) -> a, HashMap::new));
    }

    /**
     * The row of that id.
     *
     * @throws AgentOsException {@code plugin:UNKNOWN_PLUGIN}
     */
    InstalledPlugin row(String id) {
        return Optional.ofNullable(all().get(id)).orElseThrow(() -> unknown(id));
    }

    /** The same in a state that passes. */
    InstalledPlugin row(String id, Consumer<InstalledPlugin> seen) {
        InstalledPlugin row = row(id);
        seen.accept(row);
        return row;
    }

    static AgentOsException unknown(String id) {
        return new AgentOsException(
                PluginErrorCode.UNKNOWN_PLUGIN,
                "No plugin '" + id + "' is installed.",
                "Look at the list of installed plugins.");
    }

    /** The file of an installed release; see {@link PluginFiles#installed}. */
    PluginFile file(String id, InstalledPlugin.Release release) {
        return files.installed(new PluginVersion(id, release.version(), release.sha512()));
    }

    /** The installed versions that are signed with that certificate, those before and those that wait included. */
    List<Publishers.Concerned> signedWith(String fingerprint) {
        List<Publishers.Concerned> found = new ArrayList<>();
        for (InstalledPlugin row : store.list()) {
            concerned(row, Optional.of(row.release()), "IN_FORCE", fingerprint).ifPresent(found::add);
            concerned(row, row.previous(), "PREVIOUS", fingerprint).ifPresent(found::add);
            concerned(row, row.pending(), "PENDING", fingerprint).ifPresent(found::add);
        }
        return List.copyOf(found);
    }

    private Optional<Publishers.Concerned> concerned(
            InstalledPlugin row, Optional<InstalledPlugin.Release> release, String role, String fingerprint) {
        return release.filter(
                        one -> signer(row.id(), one).filter(fingerprint::equals).isPresent())
                .map(one -> new Publishers.Concerned(new PluginVersion(row.id(), one.version(), one.sha512()), role));
    }

    private Optional<String> signer(String id, InstalledPlugin.Release release) {
        try {
            return Certificates.fingerprint(file(id, release).path());
        } catch (AgentOsException e) {
            LOG.debug("The file of plugin {} cannot be read; its start says so", id, e);
            return Optional.empty();
        }
    }

    /** The files of all installed plugins that can be read, by id. */
    Map<String, PluginFile> installedFiles() {
        Map<String, PluginFile> found = new LinkedHashMap<>();
        store.list().forEach(row -> {
            try {
                found.put(row.id(), file(row.id(), row.release()));
            } catch (AgentOsException e) {
                LOG.debug("The file of plugin {} cannot be read; its start says so", row.plugin(), e);
            }
        });
        return found;
    }

    /** Installed plugins that cannot do without that one. */
    List<String> dependants(String id) {
        return installedFiles().values().stream()
                .filter(file -> file.dependencies().contains(id))
                .map(file -> file.plugin().toString())
                .sorted()
                .toList();
    }

    /**
     * Who uses an installed plugin.
     *
     * @param loaded what tells which names are its own; empty when it is not started
     */
    PluginUses.Found uses(String id, Optional<LoadedPlugin> loaded) {
        List<PluginUses.Use> found = new ArrayList<>();
        List<PluginUses.Named> needing = dependants(id).stream()
                .map(name -> new PluginUses.Named(Optional.empty(), name, Optional.empty()))
                .toList();
        if (!needing.isEmpty()) {
            found.add(new PluginUses.Use(
                    PluginUses.Kind.PLUGIN,
                    needing.size(),
                    needing.stream().limit(PluginUses.MOST_NAMED).toList()));
        }
        found.addAll(uses.of(offer(id, loaded)));
        return new PluginUses.Found(found, loaded.isPresent());
    }

    private static PluginUses.Offer offer(String id, Optional<LoadedPlugin> loaded) {
        Set<String> names = new HashSet<>();
        Set<String> providers = new HashSet<>();
        loaded.map(LoadedPlugin::contributions).orElse(List.of()).forEach(one -> {
            switch (one.description()) {
                case ExtensionListing.OfModels models -> providers.add(models.name());
                case ExtensionListing.OfEmbeddings models -> providers.add(models.name());
                case ExtensionListing.OfTool tool -> names.add(tool.name());
                case ExtensionListing.OfNodeType type -> names.add(type.name());
                case ExtensionListing.OfReducer reducer -> names.add(reducer.name());
                // A pack is named by the plugin's id; protocols and sites are named by nobody here.
                case ExtensionListing.OfPack pack -> {}
                case ExtensionListing.OfProtocol protocol -> {}
                case ExtensionListing.OfSite site -> {}
            }
        });
        return new PluginUses.Offer(id, names, providers);
    }

    /** Passes when nobody uses a plugin; {@code plugin:IN_USE}. */
    static void refuseUsed(String id, List<PluginUses.Use> users) {
        if (!users.isEmpty()) {
            throw new AgentOsException(
                    PluginErrorCode.IN_USE,
                    "Plugin '" + id + "' is in use: "
                            + users.stream().map(PluginUses.Use::sentence).collect(Collectors.joining("; ")) + ".",
                    "End the use first, or force it.");
        }
    }

    /**
     * Passes when their publishers, their registries and the rules let them be installed.
     *
     * @return what speaks against it without forbidding it
     * @throws AgentOsException as {@link Publishers#check} says, or {@code policy:DENIED}
     */
    Admission admit(List<PluginFile> found) {
        Map<String, InstalledPlugin> rows = all();
        List<String> notes = new ArrayList<>(lookalikes(found, rows.keySet()));
        List<InstallApprovals.Asking> asks = new ArrayList<>();
        for (PluginFile file : found) {
            publishers.check(file);
            publishers.ending(file).ifPresent(notes::add);
            Optional<InstalledPlugin> installed =
                    Optional.ofNullable(rows.get(file.plugin().plugin()));
            String action = installed.isPresent() ? "swap" : "install";
            JsonObject release =
                    release(file, file.signer().map(Signer::name), file.signer().map(Signer::fingerprint), installed);
            InstallRules.Verdict verdict = rules.require(Optional.empty(), named(file), action, release);
            notes.addAll(verdict.notes());
            verdict.asks().ifPresent(match -> asks.add(asking(file, action, release, match)));
        }
        return new Admission(notes, asks);
    }

    /**
     * What may be installed.
     *
     * @param notes what speaks against it without forbidding it, in sentences
     * @param asks what people have to agree to first
     */
    record Admission(List<String> notes, List<InstallApprovals.Asking> asks) {

        /** For a look at it before. */
        List<String> warnings() {
            return Stream.concat(notes.stream(), asks.stream().map(InstallApprovals.Asking::sentence))
                    .toList();
        }
    }

    private static InstallApprovals.Asking asking(
            PluginFile file, String action, JsonObject release, Decision.Match match) {
        return new InstallApprovals.Asking(
                file.plugin(),
                JsonObject.of(
                        "action", action,
                        "plugin", named(file).with("sha512", file.plugin().sha512()),
                        "release", release),
                match);
    }

    /**
     * The rows that an installation of these files comes to.
     *
     * @param operation what does it
     */
    List<InstalledPlugin> changed(List<PluginFile> found, InstallRequest request, String operation) {
        Map<String, InstalledPlugin> installed = all();
        return steps(found, request).stream()
                .map(step -> InstalledPlugin.installed(
                                step.plugin(),
                                Consent.grants(step.plugin(), step.permissions(), request.consent()),
                                Optional.ofNullable(installed.get(step.plugin().plugin())),
                                operation)
                        .withIsolated(step.placement().isolated()))
                .toList();
    }

    private List<String> lookalikes(List<PluginFile> found, Set<String> installed) {
        Set<String> known = new HashSet<>(installed);
        publishers.bindings().forEach(binding -> known.add(binding.plugin()));
        return found.stream()
                .map(file -> file.plugin().plugin())
                .filter(id -> !known.contains(id))
                .flatMap(id -> Lookalikes.of(id, known).stream()
                        .map(other -> "The name '" + id + "' looks like '" + other
                                + "', which this server knows. Make sure that it is the plugin that you mean."))
                .toList();
    }

    /**
     * Passes when the rules let a tenant use a plugin that is installed.
     *
     * @return what people of the tenant have to agree to first
     * @throws AgentOsException {@code plugin:UNKNOWN_PLUGIN}, {@code policy:DENIED}
     */
    Optional<InstallApprovals.Asking> admit(TenantId tenant, String id) {
        InstalledPlugin row = row(id);
        PluginFile file = file(id, row.release());
        JsonObject release = release(file, Optional.of(row));
        return rules.require(Optional.of(tenant), named(file), "enable", release)
                .asks()
                .map(match -> asking(file, "enable", release, match));
    }

    /**
     * Passes when the rules let an installed plugin have other grants, as if its file took its own place; nobody is
     * asked about less.
     *
     * @throws AgentOsException {@code policy:DENIED}
     */
    Admission admit(InstalledPlugin row, List<Permission> grants) {
        List<String> more = more(row, grants);
        if (more.isEmpty()) {
            return new Admission(List.of(), List.of());
        }
        PluginFile file = file(row.id(), row.release());
        JsonObject release = release(file, Optional.of(row)).with("added", more);
        InstallRules.Verdict verdict = rules.require(Optional.empty(), named(file), "swap", release);
        return new Admission(
                verdict.notes(),
                verdict.asks().stream()
                        .map(match -> asking(file, "swap", release, match))
                        .toList());
    }

    /** What a row would be granted more. */
    static List<String> more(InstalledPlugin row, List<Permission> grants) {
        return more(Permissions.of(row.release().grants()).changesTo(Permissions.of(grants)));
    }

    private static List<String> more(List<Permissions.Change> changes) {
        return changes.stream()
                .filter(Permissions.Change::asksForMore)
                .flatMap(change -> change.after().stream())
                .map(Permission::toString)
                .toList();
    }

    private static JsonObject named(PluginFile file) {
        return JsonObject.of(
                "id", file.plugin().plugin(), "version", file.plugin().version());
    }

    /** What rules can know of a version that is installed. */
    private JsonObject release(PluginFile file, Optional<InstalledPlugin> row) {
        // Who signed it was found out when it was installed, and bound then.
        Optional<Publishers.Binding> bound = publishers.bindings().stream()
                .filter(binding -> binding.plugin().equals(file.plugin().plugin()))
                .findFirst();
        return release(file, bound.map(Publishers.Binding::publisher), bound.map(Publishers.Binding::fingerprint), row);
    }

    /** What rules can know of a version. */
    private static JsonObject release(
            PluginFile file,
            Optional<String> publisher,
            Optional<String> fingerprint,
            Optional<InstalledPlugin> installed) {
        List<String> more =
                installed.map(row -> more(Consent.changes(row, file))).orElseGet(() -> permissions(file));
        return JsonObject.of(
                "signed", fingerprint.isPresent(),
                "publisher", publisher.orElse(""),
                "fingerprint", fingerprint.orElse(""),
                "registry", file.registry(),
                "size", file.path().toFile().length(),
                "license", Objects.requireNonNullElse(file.manifest().getLicense(), ""),
                "requires", Objects.requireNonNullElse(file.manifest().getRequires(), ""),
                "previous", installed.map(row -> row.release().version()).orElse(""),
                "permissions", permissions(file),
                "added", more,
                "billed", file.bill().isPresent(),
                "components", file.bill().map(BillOfMaterials::references).orElse(List.of()));
    }

    private static List<String> permissions(PluginFile file) {
        return file.permissions().stream()
                .map(request -> request.permission().toString())
                .toList();
    }

    /** What the installation of these files would do. */
    List<InstallPlan.Step> steps(List<PluginFile> found, InstallRequest request) {
        Map<String, InstalledPlugin> rows = all();
        Set<String> trusted = Isolation.trusted(publishers.bindings(), rows.values());
        return found.stream()
                .map(file -> {
                    Optional<InstalledPlugin> installed =
                            Optional.ofNullable(rows.get(file.plugin().plugin()));
                    return new InstallPlan.Step(
                            file.plugin(),
                            installed.map(row -> row.release().version()),
                            file.signer(),
                            Consent.statuses(file, installed, request.consent()),
                            installed.map(row -> Consent.changes(row, file)).orElse(List.of()),
                            file.readme(),
                            isolation.place(
                                    file,
                                    request.isolated().filter(said -> file == found.getLast()),
                                    installed,
                                    request.by().isEmpty(),
                                    trusted));
                })
                .toList();
    }

    /**
     * What a consent grants of an installed plugin.
     *
     * @throws AgentOsException {@code plugin:CONSENT_REQUIRED} when one is missing that it cannot do without
     */
    List<Permission> grants(InstalledPlugin row, Consent consent) {
        return Consent.grants(
                row.plugin(), Consent.statuses(file(row.id(), row.release()), Optional.empty(), consent), consent);
    }

    /** A change that saves these rows, with the files and publishers that belong to it. */
    PluginStore.Change change(List<InstalledPlugin> changed, Map<String, PluginFile> sources) {
        List<Publishers.Binding> bound = sources.values().stream()
                .flatMap(file -> publishers.firstOf(file).stream())
                .toList();
        return new PluginStore.Change(changed, List.of(), bound, filesOf(changed), List.of());
    }

    /** A change that saves a row for which nobody has to load anything anew: the version in force is the same. */
    PluginStore.Change note(InstalledPlugin row) {
        return new PluginStore.Change(List.of(), List.of(), List.of(), filesOf(List.of(row)), List.of(row));
    }

    /** The files of those rows and of all that are installed, as far as they are here. */
    private Map<String, Path> filesOf(List<InstalledPlugin> changed) {
        Map<String, Path> kept = new HashMap<>();
        Stream.concat(changed.stream(), store.list().stream())
                .flatMap(InstalledPlugin::releases)
                .map(InstalledPlugin.Release::sha512)
                .filter(digest -> Files.exists(files.file(digest)))
                .forEach(digest -> kept.put(digest, files.file(digest)));
        return kept;
    }

    /** The file of the version in force; empty when it cannot be read, which its start says. */
    Optional<PluginFile> readable(InstalledPlugin row) {
        try {
            return Optional.of(file(row.id(), row.release()));
        } catch (AgentOsException e) {
            return Optional.empty();
        }
    }

    /** What the update that waits would do more or less. */
    Optional<PluginStatus.Pending> pending(InstalledPlugin row, InstalledPlugin.Release pending) {
        try {
            PluginFile file = file(row.id(), pending);
            return Optional.of(new PluginStatus.Pending(file.plugin(), Consent.changes(row, file)));
        } catch (AgentOsException e) {
            LOG.warn("The update of plugin {} that waits cannot be read", row.plugin(), e);
            return Optional.empty();
        }
    }

    /** The row with what the version's tools say, as far as that is agreed to and was not taken down before. */
    static InstalledPlugin heard(InstalledPlugin row, LoadedPlugin version) {
        return row.withTools(Optional.of(row.release()
                .tools()
                .map(agreed -> ToolTexts.worded(agreed, version.tools()))
                .orElseGet(() -> ToolTexts.heard(version.tools()))));
    }

    /** The request of a change that goes on, with the file that was uploaded for it. */
    InstallRequest request(PluginStore.Waiting waiting) {
        PluginVersion plugin = waiting.plugin();
        return InstallApprovals.request(
                waiting,
                Optional.of(plugin)
                        .filter(one -> waiting.uploaded())
                        .map(one -> files.installed(one).path()));
    }

    /**
     * The request for the update that waits for consent: for just that file, from where it was offered.
     *
     * @throws AgentOsException {@code plugin:UNKNOWN_RELEASE}, or {@code plugin:DIGEST_CHANGED} when the consent is to
     *     another
     */
    InstallRequest pending(String id, Consent consent) {
        InstalledPlugin.Release update = requirePending(id);
        PluginFile kept = file(id, update);
        consent.require(kept.plugin());
        return new InstallRequest(update.source(kept), consent.of(kept.plugin()));
    }

    /** The update that waits for consent; {@code plugin:UNKNOWN_RELEASE} when none does. */
    InstalledPlugin.Release requirePending(String id) {
        return row(id).pending()
                .orElseThrow(() -> new AgentOsException(
                        PluginErrorCode.UNKNOWN_RELEASE,
                        "No update of plugin '" + id + "' waits for consent.",
                        "Swap its version instead."));
    }
}
