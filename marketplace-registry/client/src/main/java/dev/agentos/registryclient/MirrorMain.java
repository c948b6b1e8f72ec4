package dev.agentos.registryclient;

import dev.agentos.registrymodel.Listing;
import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.registrymodel.Release;
import dev.agentos.registrymodel.SignedIndex;
import dev.agentos.registryservice.Options;
import dev.agentos.registryservice.RegistryMirror;
import dev.agentos.registryservice.RegistryService;
import dev.agentos.spi.AgentOsException;
import dev.agentos.verifier.PluginDependency;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Copies plugins of a registry, with all that they depend on and with the signed index, into a directory from which
 * servers without a network install: {@code --from URL|DIR --to DIR [--key FINGERPRINT] [plugin...]}. Without names
 * everything is copied. The key that was seen first is the only one that is accepted for this directory later.
 */
public final class MirrorMain {

    private static final String USAGE = "Usage: --from URL|DIR --to DIR [--key FINGERPRINT] [plugin...]";

    private final RegistryClient source;
    private final IndexTrust trust;
    private final RegistryMirror mirror;
    private final PrintStream out;

    private MirrorMain(RegistryClient source, IndexTrust trust, RegistryMirror mirror, PrintStream out) {
        this.source = source;
        this.trust = trust;
        this.mirror = mirror;
        this.out = out;
    }

    /** Exit code 0 when the directory is filled, 1 when it is not, 2 when the command line is wrong. */
    public static void main(String[] arguments) {
        System.exit(run(arguments, System.out, System.err));
    }

    static int run(String[] arguments, PrintStream out, PrintStream err) {
        Options options;
        Path target;
        String from;
        try {
            options = Options.parse(arguments, Set.of("from", "to", "key"));
            from = options.required("from");
            target = Path.of(options.required("to")).toAbsolutePath().normalize();
        } catch (IllegalArgumentException e) {
            err.println(e.getMessage() + ". " + USAGE);
            return 2;
        }
        boolean remote = from.startsWith("http://") || from.startsWith("https://");
        URI address = remote
                ? URI.create(from)
                : Path.of(from).toAbsolutePath().normalize().toUri();
        try {
            RegistryMirror mirror = new RegistryMirror(target, address.toString());
            IndexTrust trust =
                    new IndexTrust(target.resolve("trust"), address, options.value("key"), InstantSource.system());
            try (RegistryClient source = remote
                    ? new HttpRegistryClient(HttpRegistryConfig.of(address), trust)
                    : directory(Path.of(from), trust)) {
                new MirrorMain(source, trust, mirror, out).fill(options.words(), target);
            }
            return 0;
        } catch (AgentOsException e) {
            err.println(e.getMessage() + " " + e.action());
            return 1;
        }
    }

    private static RegistryClient directory(Path from, IndexTrust trust) {
        if (!Files.isDirectory(from.resolve("releases"))) {
            throw new AgentOsException(
                    RegistryErrorCode.INVALID_ADDRESS,
                    "The directory " + from + " is no registry.",
                    "Name one that 'agentos registry' uses, a mirror, or an address of http or https.");
        }
        RegistryService service = new RegistryService(from, InstantSource.system());
        // A registry of one's own may never have been served, and so have no index yet.
        service.index();
        return LocalRegistryClient.untrusted(service, trust);
    }

    private void fill(List<String> names, Path target) {
        byte[] bytes = source.index();
        SignedIndex index = trust.verified(bytes);
        Set<String> offered = new TreeSet<>();
        index.releases().forEach(entry -> offered.add(entry.plugin()));
        Set<String> wanted = new LinkedHashSet<>(names.isEmpty() ? offered : names);
        // What was copied before has to fit the new index as well.
        wanted.addAll(mirror.plugins());
        Set<String> done = new LinkedHashSet<>();
        while (!done.containsAll(wanted)) {
            for (String plugin : List.copyOf(wanted)) {
                if (done.add(plugin)) {
                    wanted.addAll(copy(plugin, index));
                }
            }
        }
        mirror.finish(bytes);
        out.println(target + " holds " + done.size() + " plugins and version " + index.version() + " of the index of "
                + index.registry() + ", valid until " + index.expires() + ".");
        out.println("A server installs from it with the settings registry-url=" + target.toUri() + " and registry-key="
                + index.keyId() + ".");
    }

    /** Copies a plugin with all its releases, and says what it cannot do without. */
    private Set<String> copy(String plugin, SignedIndex index) {
        List<Release> releases = source.releases(plugin);
        Optional<Listing> listing = source.listing(plugin);
        if (releases.isEmpty() || listing.isEmpty()) {
            throw new AgentOsException(
                    RegistryErrorCode.LISTING_NOT_FOUND,
                    "The registry has no plugin '" + plugin + "'.",
                    "Look at what it has: agentos plugin search.");
        }
        trust.check(plugin, releases, index);
        Set<String> needed = new LinkedHashSet<>();
        for (Release release : releases) {
            if (!mirror.holds(release)) {
                mirror.take(release, file -> source.download(release, file, DownloadProgress.NONE));
                out.println("Copied " + plugin + " " + release.version());
            }
            release.dependencies().stream()
                    .filter(dependency -> !dependency.optional())
                    .map(PluginDependency::id)
                    .forEach(needed::add);
        }
        mirror.add(listing.get(), releases);
        needed.removeIf(other -> {
            boolean missing = index.releasesOf(other).isEmpty();
            if (missing) {
                out.println(plugin + " needs " + other + ", which the registry does not have.");
            }
            return missing;
        });
        return needed;
    }
}
