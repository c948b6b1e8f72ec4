package dev.agentos.spi;

import java.time.Instant;
import java.util.Optional;

/**
 * One call into an extension: on whose behalf, until when, and what the host lends for it. Valid until the call
 * returns; the tenant and the execution are the host's word, not a parameter that a plugin could change.
 */
public interface CallContext {

    /** The tenant on whose behalf the call is made, as in {@code tnt_…}. */
    String tenant();

    /** The execution that makes the call; empty outside an execution. */
    Optional<String> execution();

    /** When the call must have returned; the host interrupts the thread then. */
    Instant deadline();

    /** True once the execution was cancelled or the deadline has passed; long work asks now and then. */
    boolean cancelled();

    /**
     * A key that is the same for every attempt of the same effect and different for every other: what an idempotent
     * service outside wants as its idempotency key.
     */
    String idempotencyKey();

    /**
     * The configuration in force: the pack's defaults, overlaid by the tenant's configuration of the pack, overlaid by
     * the configuration given with the execution.
     */
    JsonObject configuration();

    /**
     * The plugin's context as the tenant has it: its configuration is what the tenant set laid over what the
     * administrator did, and {@link PluginContext#secret} finds the tenant's secret; the server's only when the tenant
     * has neither that secret nor a configuration of its own, which could send it elsewhere. All else is as in the
     * context with which the extension was started. The same object as long as nothing of it has changed, so that what
     * is made of it, as a client, can be kept by it.
     */
    PluginContext plugin();

    /**
     * Streams an event of the plugin's own to whoever follows the execution, as {@code custom}. Progress is reported
     * with the name {@code progress} and the members {@code done}, {@code total} (counts) and {@code message}.
     */
    void emit(String name, JsonObject data);

    /** Models of any provider; needs the granted permission {@code model.invoke provider/model}. */
    Models models();

    /** Tools of any plugin; needs the granted permission {@code tool.invoke name}. */
    Tools tools();

    /** Files of the tenant's workspace; needs the granted permission {@code fs.read ${workspace}/…}. */
    FileSpace files();

    /** The plugin's durable key-value state for this tenant. */
    KeyValueState state();
}
