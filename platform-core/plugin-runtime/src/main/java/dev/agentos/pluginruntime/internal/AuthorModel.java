package dev.agentos.pluginruntime.internal;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pf4j.AbstractPluginManager;
import org.pf4j.DefaultExtensionFactory;
import org.pf4j.DefaultVersionManager;
import org.pf4j.ExtensionFactory;
import org.pf4j.ExtensionFinder;
import org.pf4j.LegacyExtensionFinder;
import org.pf4j.ManifestPluginDescriptorFinder;
import org.pf4j.Plugin;
import org.pf4j.PluginDescriptor;
import org.pf4j.PluginDescriptorFinder;
import org.pf4j.PluginFactory;
import org.pf4j.PluginLoader;
import org.pf4j.PluginRepository;
import org.pf4j.PluginStatusProvider;
import org.pf4j.VersionManager;

/**
 * PF4J's view of one loaded plugin version: its descriptor, its state and its extension index, read through the class
 * loader that Felix made. One for each version, because PF4J cannot hold two versions of a plugin at once, which a swap
 * needs; dropping it drops all that PF4J remembers of the version.
 */
public final class AuthorModel extends AbstractPluginManager {

    private final String plugin;
    private @Nullable ClassLoader loader;

    /** That of a plugin's file, whose classes that loader has. */
    public AuthorModel(Path file, ClassLoader loader) {
        super(List.of(file.getParent()));
        this.loader = loader;
        this.plugin = loadPlugin(file);
        // PF4J's own start would start dependencies, which other models hold.
        getPlugin(plugin).setPluginState(org.pf4j.PluginState.STARTED);
    }

    /** The class names in the plugin's extension index. */
    public Set<String> extensionClassNames() {
        return getExtensionClassNames(plugin);
    }

    @Override
    protected PluginLoader createPluginLoader() {
        return new PluginLoader() {
            @Override
            public boolean isApplicable(Path path) {
                return true;
            }

            @Override
            public ClassLoader loadPlugin(Path path, PluginDescriptor descriptor) {
                return java.util.Objects.requireNonNull(loader);
            }
        };
    }

    /** Dependencies were resolved over all installed plugins before; this model knows one of them only. */
    @Override
    protected void resolvePlugins() {
        unresolvedPlugins.forEach(wrapper -> {
            wrapper.setPluginState(org.pf4j.PluginState.RESOLVED);
            resolvedPlugins.add(wrapper);
        });
        unresolvedPlugins.clear();
    }

    @Override
    protected PluginFactory createPluginFactory() {
        return wrapper -> new Plugin() {};
    }

    @Override
    protected ExtensionFactory createExtensionFactory() {
        return new DefaultExtensionFactory();
    }

    @Override
    protected PluginDescriptorFinder createPluginDescriptorFinder() {
        return new ManifestPluginDescriptorFinder();
    }

    @Override
    protected ExtensionFinder createExtensionFinder() {
        return new LegacyExtensionFinder(this);
    }

    @Override
    protected VersionManager createVersionManager() {
        return new DefaultVersionManager();
    }

    @Override
    protected PluginRepository createPluginRepository() {
        return new PluginRepository() {
            @Override
            public List<Path> getPluginPaths() {
                return List.of();
            }

            @Override
            public boolean deletePluginPath(Path path) {
                return false;
            }
        };
    }

    @Override
    protected PluginStatusProvider createPluginStatusProvider() {
        return new PluginStatusProvider() {
            @Override
            public boolean isPluginDisabled(String id) {
                return false;
            }

            @Override
            public void disablePlugin(String id) {}

            @Override
            public void enablePlugin(String id) {}
        };
    }
}
