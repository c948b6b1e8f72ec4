package dev.agentos.pluginruntime;

/** Where a plugin stands on this server. */
public enum PluginState {
    /** Its first version is being installed. */
    INSTALLING,
    /** Its extensions can be called. */
    STARTED,
    /** An administrator has switched it off. */
    STOPPED,
    /** It should be started and is not; there is a reason. */
    FAILED
}
