package dev.agentos.spi;

/**
 * What every extension point shares. One instance of an extension lives from the start of its plugin version to its
 * stop, serves calls from several threads at once, and keeps nothing of one tenant for another.
 */
public interface ExtensionPoint extends org.pf4j.ExtensionPoint {

    /**
     * Called once before the first call. Slow preparation belongs here or is done at the first call.
     *
     * @param context the host's capabilities for this plugin version; valid until {@link #stop()}
     * @throws AgentOsException if the plugin cannot work; the start is rolled back and the sentence shown
     */
    default void start(PluginContext context) {}

    /** Called once after the last call has returned. Releases what the extension holds. */
    default void stop() {}
}
