package dev.agentos.pluginruntime.internal;

import dev.agentos.verifier.PluginDependency;
import java.util.Collection;
import java.util.Iterator;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.hooks.resolver.ResolverHook;
import org.osgi.framework.hooks.resolver.ResolverHookFactory;
import org.osgi.framework.namespace.HostNamespace;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRequirement;
import org.osgi.framework.wiring.BundleRevision;

/**
 * Where a plugin gets what it asks for: from the host, and what the host does not offer from itself or from a plugin
 * that its manifest depends on. No other plugin can put itself in between by offering the same in a higher version.
 */
final class DeclaredWires implements ResolverHook, ResolverHookFactory {

    private static final String DEPENDENCIES = "Plugin-Dependencies";

    @Override
    public ResolverHook begin(Collection<BundleRevision> triggers) {
        return this;
    }

    @Override
    public void filterMatches(BundleRequirement requirement, Collection<BundleCapability> candidates) {
        Bundle asking = requirement.getRevision().getBundle();
        if (isHost(asking)) {
            return;
        }
        boolean fragment = requirement.getNamespace().equals(HostNamespace.HOST_NAMESPACE);
        boolean offered = candidates.stream().anyMatch(candidate -> isHost(provider(candidate)));
        Set<String> declared = dependencies(asking);
        Iterator<BundleCapability> all = candidates.iterator();
        while (all.hasNext()) {
            Bundle provider = provider(all.next());
            boolean other = provider.getBundleId() != asking.getBundleId()
                    && !declared.contains(String.valueOf(provider.getSymbolicName()));
            if (fragment || (offered ? !isHost(provider) : other)) {
                all.remove();
            }
        }
    }

    private static Bundle provider(BundleCapability capability) {
        return capability.getRevision().getBundle();
    }

    private static boolean isHost(Bundle bundle) {
        return bundle.getBundleId() == Constants.SYSTEM_BUNDLE_ID;
    }

    /** The ids in the manifest; one that cannot be read is none, and the verifier has said so. */
    private static Set<String> dependencies(Bundle bundle) {
        String header =
                Optional.ofNullable(bundle.getHeaders("").get(DEPENDENCIES)).orElse("");
        return Stream.of(header.split(","))
                .map(String::strip)
                .filter(item -> !item.isEmpty())
                .flatMap(DeclaredWires::id)
                .collect(Collectors.toSet());
    }

    private static Stream<String> id(String item) {
        try {
            return Stream.of(PluginDependency.parse(item).id());
        } catch (IllegalArgumentException e) {
            return Stream.empty();
        }
    }

    @Override
    public void filterResolvable(Collection<BundleRevision> candidates) {
        // All may be.
    }

    @Override
    public void filterSingletonCollisions(
            BundleCapability singleton, Collection<BundleCapability> collisionCandidates) {
        // Versions of one plugin stand side by side.
    }

    @Override
    public void end() {
        // Nothing is kept.
    }
}
