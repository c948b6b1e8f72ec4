package dev.agentos.pluginruntime;

import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;

/** What can go wrong with plugins, from their installation to a call into them. */
public enum PluginErrorCode implements ErrorCode {
    /** The file is not a plugin that this server can load. */
    INVALID_PLUGIN(ErrorType.USER, false),
    /** The plugin's code or signature was refused. */
    VERIFICATION_FAILED(ErrorType.DENIED, false),
    /** A permission that the plugin cannot do without was not accepted. */
    CONSENT_REQUIRED(ErrorType.DENIED, false),
    /** The file is not the one that consent was given for, or not the one that was verified. */
    DIGEST_CHANGED(ErrorType.DENIED, false),
    /** The plugin is not signed, and the server does not allow that. */
    UNSIGNED(ErrorType.DENIED, false),
    /** The plugin is bound to another publisher's certificate. */
    PUBLISHER_CHANGED(ErrorType.DENIED, false),
    /** The plugin is bound to another registry. */
    REGISTRY_CHANGED(ErrorType.DENIED, false),
    INVALID_FINGERPRINT(ErrorType.USER, false),
    UNKNOWN_PLUGIN(ErrorType.USER, false),
    UNKNOWN_RELEASE(ErrorType.USER, false),
    ALREADY_INSTALLED(ErrorType.USER, false),
    /** Other plugins or tenants use the plugin. */
    IN_USE(ErrorType.USER, false),
    /** Another operation changes the plugin. */
    BUSY(ErrorType.USER, true),
    /** Another plugin's extension has the name. */
    NAME_CLASH(ErrorType.USER, false),
    DEPENDENCY_MISSING(ErrorType.USER, false),
    NO_PREVIOUS_VERSION(ErrorType.USER, false),
    /** The plugin did not start, or a class of it could not be loaded. */
    START_FAILED(ErrorType.INTERNAL, false),
    /** The plugin's file is gone or cannot be written. */
    STORAGE_FAILED(ErrorType.RESOURCES, true),
    /** The plugin was switched off after too many calls that could not be ended. */
    QUARANTINED(ErrorType.INTERNAL, false),
    /** A tool says another thing of itself than what was consented to. */
    TEXT_CHANGED(ErrorType.DENIED, false),
    /** The server runs without its guard and was not told to load plugins all the same. */
    UNGUARDED(ErrorType.DENIED, false),
    /** The plugin lacks a permission, or a grant of it. */
    PERMISSION_DENIED(ErrorType.DENIED, false),
    FILE_NOT_FOUND(ErrorType.USER, false),
    FILE_TOO_LARGE(ErrorType.USER, false),
    /** A limit of the plugin's durable state is reached. */
    STATE_TOO_LARGE(ErrorType.USER, false),
    /** The plugin's code failed with an error that has no code of its own. */
    FAILED(ErrorType.INTERNAL, false),
    /** Every thread of the plugin is taken. */
    OVERLOADED(ErrorType.RESOURCES, true),
    /** Plugins called each other too deep. */
    NESTING_TOO_DEEP(ErrorType.USER, false),
    /** The plugin failed too often in a row; it is asked again after a pause. */
    CIRCUIT_OPEN(ErrorType.INTERNAL, true);

    private final ErrorType type;
    private final boolean retriable;

    PluginErrorCode(ErrorType type, boolean retriable) {
        this.type = type;
        this.retriable = retriable;
    }

    @Override
    public String origin() {
        return "plugin";
    }

    @Override
    public ErrorType type() {
        return type;
    }

    @Override
    public boolean retriable() {
        return retriable;
    }
}
