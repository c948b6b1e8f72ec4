package dev.agentos.pluginruntime;

import dev.agentos.spi.AgentOsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

    PluginRows(PluginStore store, PluginFiles files, Publishers publishers) {
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

    /** What the installation of these files would do. */
    List<InstallPlan.Step> steps(List<PluginFile> found, Consent consent) {
        Map<String, InstalledPlugin> rows = all();
        return found.stream()
                .map(file -> {
                    Optional<InstalledPlugin> installed =
                            Optional.ofNullable(rows.get(file.plugin().plugin()));
                    return new InstallPlan.Step(
                            file.plugin(),
                            installed.map(row -> row.release().version()),
                            file.signer(),
                            Consent.statuses(file, installed, consent),
                            installed.map(row -> Consent.changes(row, file)).orElse(List.of()));
                })
                .toList();
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

    /** The update that waits for consent. */
    PluginFile pendingFile(String id) {
        return file(
                id,
                row(id).pending()
                        .orElseThrow(() -> new AgentOsException(
                                PluginErrorCode.UNKNOWN_RELEASE,
                                "No update of plugin '" + id + "' waits for consent.",
                                "Swap its version instead.")));
    }
}
