package dev.agentos.pluginruntime.internal;

import dev.agentos.kernel.Digests;
import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.pluginruntime.PluginVersion;
import dev.agentos.spi.AgentOsException;
import dev.agentos.verifier.VerifiedClasses;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.hooks.resolver.ResolverHookFactory;
import org.osgi.framework.hooks.weaving.WeavingException;
import org.osgi.framework.hooks.weaving.WeavingHook;
import org.osgi.framework.hooks.weaving.WovenClass;
import org.osgi.framework.hooks.weaving.WovenClassListener;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.framework.wiring.FrameworkWiring;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Felix: gives each loaded plugin version a class loader of its own that sees the plugin's JARs, {@code java.*} and the
 * shared packages, and nothing else. Two versions of one plugin can be loaded side by side.
 */
public final class ClassSpace implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ClassSpace.class);

    private final Framework framework;
    private final AtomicLong installations = new AtomicLong();
    /** The digests of the classes that each bundle may define. */
    private final Map<Long, Set<String>> loadable = new ConcurrentHashMap<>();

    private final Map<Long, Sandbox.Confinement> confinements = new ConcurrentHashMap<>();
    /** Made beforehand: a refusal must not fail for want of memory. */
    private final WeavingException unchecked = new WeavingException("A class of a plugin could not be checked");

    /**
     * An empty one.
     *
     * @param cache a folder for it alone
     */
    public ClassSpace(Path cache) {
        Map<String, String> settings = new HashMap<>();
        settings.put(Constants.FRAMEWORK_STORAGE, cache.toString());
        settings.put(Constants.FRAMEWORK_STORAGE_CLEAN, Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT);
        settings.put(Constants.FRAMEWORK_SYSTEMPACKAGES, SharedPackages.ofJdk());
        settings.put(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, SharedPackages.ofClassPath());
        settings.put(Constants.FRAMEWORK_BOOTDELEGATION, "");
        settings.put(Constants.FRAMEWORK_BSNVERSION, Constants.FRAMEWORK_BSNVERSION_MULTIPLE);
        settings.put("felix.bootdelegation.implicit", "false");
        settings.put("felix.service.urlhandlers", "false");
        settings.put("felix.log.level", "1");
        FrameworkFactory factory = ServiceLoader.load(FrameworkFactory.class, ClassSpace.class.getClassLoader())
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("Felix is not on the class path"));
        framework = factory.newFramework(settings);
        try {
            framework.start();
            framework.getBundleContext().registerService(ResolverHookFactory.class, new DeclaredWires(), null);
            framework.getBundleContext().registerService(WeavingHook.class, this::check, null);
            framework.getBundleContext().registerService(WovenClassListener.class, this::checkDefined, null);
        } catch (BundleException e) {
            throw new AgentOsException(
                    PluginErrorCode.STORAGE_FAILED,
                    "The class space of plugins cannot be opened in " + cache + ".",
                    "Check that the server may write there and that the disk is not full.",
                    e);
        }
    }

    /** The class space of one loaded plugin version. */
    public record Space(Bundle bundle, ClassLoader loader, Sandbox.Confinement confinement) {}

    /** Limits what code of a class loader may do, before any of it runs. */
    @FunctionalInterface
    public interface Confining {
        /** Does it. */
        Sandbox.Confinement confine(ClassLoader loader);
    }

    /** Refuses a class that is none of those that were verified and may be loaded with what was granted. */
    private void check(WovenClass woven) {
        try {
            refuseUnverified(woven);
        } catch (WeavingException e) {
            throw e;
        } catch (Throwable e) {
            // Anything else would make the framework go on without this hook from now on.
            throw unchecked;
        }
    }

    /** Closes the sandbox of a bundle that gets a class past the check, however it may have happened. */
    private void checkDefined(WovenClass woven) {
        if (woven.getState() == WovenClass.DEFINED && !isVerified(woven)) {
            Bundle bundle = woven.getBundleWiring().getBundle();
            Optional.ofNullable(confinements.get(bundle.getBundleId())).ifPresent(Sandbox.Confinement::close);
            LOG.error(
                    "Class {} of {} was loaded unverified; the plugin may do nothing from now on",
                    woven.getClassName(),
                    bundle.getLocation());
        }
    }

    private boolean isVerified(WovenClass woven) {
        return loadable.getOrDefault(woven.getBundleWiring().getBundle().getBundleId(), Set.of())
                .contains(VerifiedClasses.digest(woven.getBytes()));
    }

    private void refuseUnverified(WovenClass woven) {
        if (!isVerified(woven)) {
            Bundle bundle = woven.getBundleWiring().getBundle();
            LOG.warn(
                    "Class {} of {} is refused: see the verifier's report", woven.getClassName(), bundle.getLocation());
            throw new WeavingException("Class " + woven.getClassName() + " of plugin " + bundle.getSymbolicName()
                    + " was not verified, is held back, or needs a group of classes that is not granted");
        }
    }

    /**
     * Opens a class space on the bytes that were verified.
     *
     * @param classes the digests of the classes that may be defined
     * @throws AgentOsException {@code plugin:DIGEST_CHANGED}, or {@code plugin:INVALID_PLUGIN} naming the package that
     *     nobody offers
     */
    public Space open(PluginVersion plugin, Path file, Set<String> classes, Confining confining) {
        Bundle bundle = install(plugin, file);
        loadable.put(bundle.getBundleId(), classes);
        try {
            // A bundle that does not resolve is told why by its start.
            framework.adapt(FrameworkWiring.class).resolveBundles(List.of(bundle));
            Sandbox.Confinement confinement = null;
            BundleWiring wiring = bundle.adapt(BundleWiring.class);
            if (wiring != null) {
                confinement = confining.confine(wiring.getClassLoader());
                confinements.put(bundle.getBundleId(), confinement);
            }
            bundle.start();
            BundleWiring started = bundle.adapt(BundleWiring.class);
            if (confinement == null || started != wiring) {
                throw new IllegalStateException("The class space of " + plugin + " was opened without its limits");
            }
            return new Space(bundle, started.getClassLoader(), confinement);
        } catch (BundleException e) {
            close(bundle);
            throw unresolved(plugin, e);
        } catch (RuntimeException e) {
            close(bundle);
            throw e;
        }
    }

    private Bundle install(PluginVersion plugin, Path file) {
        String location = plugin.plugin() + "@" + plugin.version() + "#" + installations.incrementAndGet();
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file));
                DigestInputStream digested = new DigestInputStream(in, Digests.sha512())) {
            Bundle bundle = framework.getBundleContext().installBundle(location, digested);
            String digest = Digests.hex(digested.getMessageDigest());
            if (!digest.equals(plugin.sha512())) {
                close(bundle);
                throw new AgentOsException(
                        PluginErrorCode.DIGEST_CHANGED,
                        "The file of plugin " + plugin + " is not the one that was verified.",
                        "Uninstall the plugin and install it again; find out who writes to the server's data.");
            }
            return bundle;
        } catch (IOException e) {
            throw new AgentOsException(
                    PluginErrorCode.STORAGE_FAILED,
                    "The file of plugin " + plugin + " cannot be read.",
                    "Install the plugin again.",
                    e);
        } catch (BundleException e) {
            throw unresolved(plugin, e);
        }
    }

    private static AgentOsException unresolved(PluginVersion plugin, BundleException e) {
        return new AgentOsException(
                PluginErrorCode.INVALID_PLUGIN,
                "Plugin " + plugin + " cannot be loaded: " + firstLine(e) + ".",
                "A plugin embeds what it needs beside the plugin interface, Jackson and SLF4J; report it to its"
                        + " author.",
                e);
    }

    private static String firstLine(Throwable e) {
        String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        String line = message.lines().findFirst().orElse("");
        return line.endsWith(".") ? line.substring(0, line.length() - 1) : line;
    }

    /** A package of another plugin that one links. */
    public record Link(String packageName, String plugin) {}

    /** What a plugin links of others that are open here; no class of it is loaded for that. */
    public List<Link> links(PluginVersion plugin, Path file) {
        Bundle bundle = install(plugin, file);
        try {
            framework.adapt(FrameworkWiring.class).resolveBundles(List.of(bundle));
            BundleWiring wiring = bundle.adapt(BundleWiring.class);
            return wiring == null
                    ? List.of()
                    : wiring.getRequiredWires(PackageNamespace.PACKAGE_NAMESPACE).stream()
                            .filter(wire -> isOther(bundle, wire.getProvider().getBundle()))
                            .map(wire -> new Link(
                                    String.valueOf(wire.getCapability()
                                            .getAttributes()
                                            .get(PackageNamespace.PACKAGE_NAMESPACE)),
                                    wire.getProvider().getBundle().getSymbolicName()))
                            .toList();
        } finally {
            close(bundle);
        }
    }

    private static boolean isOther(Bundle bundle, Bundle provider) {
        return provider.getBundleId() != Constants.SYSTEM_BUNDLE_ID && provider.getBundleId() != bundle.getBundleId();
    }

    /** The symbolic names of other plugins that link classes of this one and are loaded anew when it goes. */
    public List<String> linkedBy(Bundle bundle) {
        return framework.adapt(FrameworkWiring.class).getDependencyClosure(List.of(bundle)).stream()
                .filter(other -> other.getBundleId() != bundle.getBundleId())
                .map(Bundle::getSymbolicName)
                .toList();
    }

    /** Gives the class space back: no class of it is offered any more, its files are closed. */
    public void close(Space space) {
        close(space.bundle());
    }

    private void close(Bundle bundle) {
        // First, so that code which stays behind can do nothing whatever fails after this.
        Optional.ofNullable(confinements.remove(bundle.getBundleId())).ifPresent(Sandbox.Confinement::close);
        loadable.remove(bundle.getBundleId());
        try {
            bundle.uninstall();
        } catch (BundleException | IllegalStateException e) {
            LOG.warn("Class space {} did not close in order", bundle.getLocation(), e);
        }
        CountDownLatch refreshed = new CountDownLatch(1);
        framework.adapt(FrameworkWiring.class).refreshBundles(List.of(bundle), event -> refreshed.countDown());
        try {
            if (!refreshed.await(30, TimeUnit.SECONDS)) {
                LOG.warn("Class space {} was not released within 30 s", bundle.getLocation());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        try {
            framework.stop();
            framework.waitForStop(10_000);
        } catch (BundleException e) {
            LOG.warn("The class space of plugins did not stop in order", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
