package dev.agentos.server;

import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.pluginruntime.PluginVersion;
import dev.agentos.pluginruntime.ReleaseSource;
import dev.agentos.registryclient.IndexTrust;
import dev.agentos.registryclient.RegistryClient;
import dev.agentos.registrymodel.Release;
import dev.agentos.spi.AgentOsException;
import dev.agentos.verifier.SemanticVersion;
import dev.agentos.verifier.VersionRange;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;

/** The marketplace as the plugin runtime sees it: releases that this server can run. */
record MarketplaceReleases(RegistryClient registry, SemanticVersion server) implements ReleaseSource {

    @Override
    public Optional<Found> resolve(String plugin, String range) {
        VersionRange wanted = VersionRange.parse(range);
        return registry.releases(plugin).stream()
                .filter(release -> wanted.contains(release.version()))
                .filter(release -> release.requires().contains(server))
                // As RegistryClient.newestFor: a pre-release only when there is nothing else.
                .max(Comparator.comparing(
                                (Release release) -> !release.version().isPreRelease())
                        .thenComparing(Release::version))
                .map(release -> new Found(
                        new PluginVersion(plugin, release.version().toString(), release.sha512()),
                        release.sizeBytes(),
                        registry.trust()
                                .flatMap(IndexTrust::pin)
                                .map(IndexTrust.Pin::fingerprint)
                                .orElse("")));
    }

    @Override
    public void download(Found found, Path target, Progress progress) {
        Release release = registry.releases(found.plugin().plugin()).stream()
                .filter(candidate -> candidate.sha512().equals(found.plugin().sha512()))
                .findFirst()
                .orElseThrow(() -> new AgentOsException(
                        KernelErrorCode.NOT_FOUND,
                        "The marketplace no longer has " + found.plugin() + ".",
                        "Look for another release with GET /api/v1/marketplace/listings."));
        registry.download(release, target, progress::bytes);
    }
}
