package dev.agentos.pluginruntime;

import dev.agentos.spi.ExtensionPoint;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.PluginContext;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A hold on an extension for one call: while it is open, its version of the plugin stays loaded. To be closed when the
 * call has ended.
 */
public final class ExtensionHandle<T extends ExtensionPoint> implements AutoCloseable {

    private final LoadedPlugin loaded;
    private final ExtensionListing.Description description;
    private final AtomicReference<Optional<T>> extension;
    private final AtomicReference<Runnable> interruption = new AtomicReference<>(() -> {});
    private final AtomicBoolean revoked = new AtomicBoolean();

    ExtensionHandle(LoadedPlugin loaded, ExtensionListing.Description description, T extension) {
        this.loaded = loaded;
        this.description = description;
        this.extension = new AtomicReference<>(Optional.of(extension));
    }

    /**
     * The extension: plugin code.
     *
     * @throws IllegalStateException if the handle is closed
     */
    public T extension() {
        return extension.get().orElseThrow(() -> new IllegalStateException("The handle is closed"));
    }

    /** The version of the plugin that is held. */
    public PluginVersion plugin() {
        return loaded.plugin();
    }

    /** What that version may do. */
    public GrantedPermissions grants() {
        return loaded.grants();
    }

    /**
     * The plugin's context as a tenant has it; the same object as long as the settings are equal.
     *
     * @param settings all that the configuration and the secrets depend on
     * @param configuration laid over the administrator's
     * @param secrets asked before the server's, once the plugin's permission was checked
     */
    public PluginContext context(String tenant, Object settings, JsonObject configuration, SecretSource secrets) {
        return loaded.context(tenant, settings, configuration, secrets);
    }

    /** Tells those who look after the plugin that a call into it failed, and how. */
    public void tellFailure(String message) {
        loaded.tell(System.Logger.Level.WARNING, message);
    }

    /** What the extension said of itself when it was started. */
    public ExtensionListing.Description description() {
        return description;
    }

    /** The class loader to be the calling thread's context while it is inside. */
    public ClassLoader classLoader() {
        return loaded.code().loader();
    }

    /** An object that stands for the loaded version and for no other, the same version loaded again included. */
    public Object loading() {
        return loaded;
    }

    /** What to do when the version has to go and the call does not end: interrupt it. Runs at once when it is late. */
    public void onRevoke(Runnable interrupt) {
        interruption.set(interrupt);
        if (revoked.get()) {
            interrupt.run();
        }
    }

    void revoke() {
        revoked.set(true);
        interruption.get().run();
    }

    /** Lets go; closing twice does nothing. */
    @Override
    public void close() {
        if (extension.getAndSet(Optional.empty()).isPresent()) {
            interruption.set(() -> {});
            loaded.leave(this);
        }
    }
}
