package dev.agentos.pluginruntime.internal;

import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.pluginruntime.PluginVersion;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ExtensionPoint;
import dev.agentos.spi.PluginContext;
import java.lang.reflect.InvocationTargetException;
import java.util.List;
import java.util.Set;
import org.pf4j.AbstractExtensionFinder;

/** Makes and starts the extensions that a plugin's index names, in whatever process. */
public final class StartedExtensions {

    private StartedExtensions() {}

    /**
     * Starts them in order.
     *
     * @param started gets each as soon as it exists, to be stopped even if a later one fails
     * @throws AgentOsException {@code plugin:INVALID_PLUGIN}, or what an extension reports
     */
    public static void start(
            PluginVersion plugin,
            Set<String> classNames,
            ClassLoader loader,
            PluginContext context,
            List<ExtensionPoint> started)
            throws ReflectiveOperationException {
        for (String className : classNames) {
            Class<?> type = loader.loadClass(className);
            if (type.getClassLoader() != loader || AbstractExtensionFinder.findExtensionAnnotation(type) == null) {
                throw invalid(plugin, "class " + className + " is in its extension index and is no extension of it");
            }
            if (!ExtensionPoint.class.isAssignableFrom(type)) {
                throw invalid(plugin, "extension " + className + " implements no extension point");
            }
            ExtensionPoint extension = instance(type.asSubclass(ExtensionPoint.class));
            started.add(extension);
            extension.start(context);
        }
    }

    private static ExtensionPoint instance(Class<? extends ExtensionPoint> type) throws ReflectiveOperationException {
        try {
            return type.getConstructor().newInstance();
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof AgentOsException own) {
                throw own;
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e;
        }
    }

    private static AgentOsException invalid(PluginVersion plugin, String why) {
        return new AgentOsException(
                PluginErrorCode.INVALID_PLUGIN,
                "Plugin " + plugin + " cannot be started: " + why + ".",
                "Report it to the plugin's author.");
    }
}
