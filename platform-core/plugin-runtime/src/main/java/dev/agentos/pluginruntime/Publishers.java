package dev.agentos.pluginruntime;

import dev.agentos.kernel.Revisions;
import dev.agentos.spi.AgentOsException;
import dev.agentos.verifier.PluginManifest;
import dev.agentos.verifier.Signer;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may publish which plugin. The first signed version that is installed binds the plugin to its certificate; from
 * then on another certificate, or none, is refused until an administrator says otherwise. An uninstalled plugin stays
 * bound.
 */
public final class Publishers {

    private static final Logger LOG = LoggerFactory.getLogger(Publishers.class);
    private static final Pattern FINGERPRINT = Pattern.compile("[0-9a-f]{64}");

    private final Store store;
    private final boolean allowUnsigned;
    private final InstantSource clock;

    Publishers(Store store, boolean allowUnsigned, InstantSource clock) {
        this.store = store;
        this.allowUnsigned = allowUnsigned;
        this.clock = clock;
    }

    /**
     * A plugin and the certificate that its versions are signed with.
     *
     * @param plugin the plugin's id
     * @param publisher what the certificate says its owner is called; may be empty
     * @param fingerprint the certificate's SHA-256, 64 lower-case hexadecimal digits
     * @param since when the binding was made
     * @param registry the fingerprint of the key of the registry that the plugin comes from; empty as long as it was
     *     only uploaded, or taken from the server's own registry
     */
    public record Binding(String plugin, String publisher, String fingerprint, Instant since, String registry) {}

    /**
     * A certificate that is not trusted any more.
     *
     * @param fingerprint the certificate's SHA-256
     * @param reason why, in an administrator's words
     * @param since when it was revoked
     */
    public record Revocation(String fingerprint, String reason, Instant since) {}

    /**
     * A version of an installed plugin that a revocation is about.
     *
     * @param plugin the version
     * @param role {@code IN_FORCE}, or {@code PREVIOUS} or {@code PENDING}, which are refused when somebody wants them
     */
    public record Concerned(PluginVersion plugin, String role) {}

    /** Keeps bindings and revocations; platform-wide, no tenant's. */
    public interface Store {

        /** All bindings, by plugin. */
        List<Binding> bindings();

        /** Makes a binding in the place of the one that was seen, if any; false when it is another one by now. */
        boolean bind(Binding binding, Optional<Binding> seen);

        /** Removes a binding; false when it is another one by now, or none. */
        boolean unbind(Binding seen);

        /** All revocations, the newest first. */
        List<Revocation> revocations();

        /** Adds a revocation; one that is there stays. */
        void revoke(Revocation revocation);
    }

    /** All bindings, by plugin. */
    public List<Binding> bindings() {
        return store.bindings();
    }

    /** To whom a plugin is bound. */
    public Optional<Binding> find(String plugin) {
        return store.bindings().stream()
                .filter(binding -> binding.plugin().equals(plugin))
                .findFirst();
    }

    /** All revocations, the newest first. */
    public List<Revocation> revocations() {
        return store.revocations();
    }

    /** The fingerprints of the certificates that are revoked. */
    Set<String> revoked() {
        return store.revocations().stream().map(Revocation::fingerprint).collect(Collectors.toSet());
    }

    /**
     * Binds a plugin to a certificate, whatever it was bound to: its publisher has a new key, or another publisher. So
     * it is with its registry.
     *
     * @param registry the fingerprint of the registry's key; empty for the registry of the next version that is
     *     installed
     * @param seen what it was bound to when the caller looked
     * @throws AgentOsException {@code plugin:INVALID_FINGERPRINT}, {@code plugin:UNKNOWN_PLUGIN} for what is no
     *     plugin's id, or {@code server:PRECONDITION_FAILED} when it is bound otherwise by now
     */
    public Binding trust(String plugin, String publisher, String fingerprint, String registry, Optional<Binding> seen) {
        Binding binding = new Binding(
                checkedId(plugin), publisher, checked(fingerprint), now(), registry.isEmpty() ? "" : checked(registry));
        if (!store.bind(binding, seen)) {
            throw otherwise(plugin);
        }
        LOG.info("Plugin '{}' is bound to the certificate {} from now on", plugin, fingerprint);
        return binding;
    }

    /**
     * Lets the next signed version bind the plugin anew.
     *
     * @throws AgentOsException {@code server:PRECONDITION_FAILED} when it is bound otherwise by now
     */
    public void forget(Binding seen) {
        if (!store.unbind(seen)) {
            throw otherwise(seen.plugin());
        }
    }

    private static AgentOsException otherwise(String plugin) {
        return Revisions.changed("The publisher of the plugin '" + plugin + "'");
    }

    /**
     * Refuses from now on whatever is signed with that certificate. What is installed stays as it is.
     *
     * @throws AgentOsException {@code plugin:INVALID_FINGERPRINT}
     */
    public Revocation revoke(String fingerprint, String reason) {
        Revocation revocation = new Revocation(checked(fingerprint), reason, now());
        store.revoke(revocation);
        LOG.info("The certificate {} is revoked: {}", fingerprint, reason);
        return revocation;
    }

    /**
     * Passes when that publisher may publish that plugin, and that registry may offer it.
     *
     * @throws AgentOsException {@code plugin:UNSIGNED}, {@code plugin:PUBLISHER_CHANGED} or
     *     {@code plugin:REGISTRY_CHANGED}
     */
    void check(PluginFile file) {
        String plugin = file.plugin().plugin();
        Optional<Binding> bound = find(plugin);
        if (file.signer().isEmpty() && bound.isEmpty() && !allowUnsigned) {
            throw new AgentOsException(
                    PluginErrorCode.UNSIGNED,
                    "Plugin " + file.plugin() + " is not signed.",
                    "Ask its publisher for a signed release; to try your own, sign it (agentos plugin sign) or start"
                            + " the server with --allow-unsigned.");
        }
        if (bound.isPresent() && !file.signer().map(Signer::fingerprint).equals(bound.map(Binding::fingerprint))) {
            throw new AgentOsException(
                    PluginErrorCode.PUBLISHER_CHANGED,
                    "Plugin " + file.plugin() + " is "
                            + file.signer().map(who -> "signed by " + who).orElse("not signed")
                            + ", but the plugin is bound to " + bound.get().publisher() + " ("
                            + bound.get().fingerprint() + ").",
                    "Ask the publisher whether the key was changed, and by a way of which you are sure; then trust the"
                            + " new one: agentos publisher trust " + plugin + " FINGERPRINT.");
        }
        bound.map(Binding::registry)
                .filter(known -> !known.isEmpty() && !file.registry().isEmpty() && !known.equals(file.registry()))
                .ifPresent(known -> {
                    throw new AgentOsException(
                            PluginErrorCode.REGISTRY_CHANGED,
                            "Plugin " + file.plugin() + " comes from the registry with the key " + file.registry()
                                    + ", but the plugin is bound to the one with " + known + ".",
                            "Find out whether both registries mean the same plugin; then trust it from here: agentos"
                                    + " publisher trust " + plugin + " "
                                    + bound.get().fingerprint() + ".");
                });
    }

    /** What is to be said of a file whose certificate expires soon: the next version needs another. */
    Optional<String> ending(PluginFile file) {
        return file.signer()
                .filter(signer -> Signer.endsSoon(signer.notAfter(), clock.instant()))
                .map(signer -> "The certificate of " + signer + ", with which plugin " + file.plugin()
                        + " is signed, expires at " + signer.notAfter()
                        + ". Nothing that is signed with it is installed after that: ask the publisher for a new one.");
    }

    /** To whom a plugin that is being installed is bound from then on, unless it is bound already. */
    Optional<Binding> firstOf(PluginFile file) {
        if (file.signer().isEmpty()) {
            LOG.warn("Plugin {} is not signed; this server allows that (allow-unsigned)", file.plugin());
        }
        return file.signer()
                .map(signer -> new Binding(
                        file.plugin().plugin(), signer.name(), signer.fingerprint(), now(), file.registry()));
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }

    private static String checkedId(String plugin) {
        try {
            return PluginManifest.checkedId(plugin);
        } catch (IllegalArgumentException e) {
            throw new AgentOsException(
                    PluginErrorCode.UNKNOWN_PLUGIN, e.getMessage() + ".", "Give the id of a plugin.", e);
        }
    }

    private static String checked(String fingerprint) {
        if (!FINGERPRINT.matcher(fingerprint).matches()) {
            throw new AgentOsException(
                    PluginErrorCode.INVALID_FINGERPRINT,
                    "'" + fingerprint + "' is no fingerprint of a certificate.",
                    "Give its SHA-256: 64 of 0-9 and a-f, as agentos plugin validate prints it.");
        }
        return fingerprint;
    }
}
