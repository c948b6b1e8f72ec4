package dev.agentos.pluginruntime;

import dev.agentos.pluginruntime.internal.PackFiles;
import dev.agentos.pluginruntime.site.Site;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.AgentPack;
import dev.agentos.spi.ChannelReducer;
import dev.agentos.spi.EmbeddingProvider;
import dev.agentos.spi.ExtensionPoint;
import dev.agentos.spi.ModelProvider;
import dev.agentos.spi.NodeType;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import dev.agentos.spi.Protocol;
import dev.agentos.spi.Tool;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What a version offers, as its extensions describe themselves. */
final class Contributions {

    private static final Pattern REDUCER = Pattern.compile("[a-z][a-z0-9-]*(\\.[a-z][a-z0-9-]*)+");
    private static final Pattern PROTOCOL = Pattern.compile("[a-z][a-z0-9-]{0,62}");

    private Contributions() {}

    /**
     * What these extensions are.
     *
     * @throws AgentOsException {@code plugin:INVALID_PLUGIN}
     */
    static List<LoadedPlugin.Contribution> of(GrantedPermissions grants, List<ExtensionPoint> extensions) {
        List<LoadedPlugin.Contribution> contributions = new ArrayList<>();
        for (ExtensionPoint extension : extensions) {
            List<LoadedPlugin.Contribution> of = of(grants, extension);
            if (of.isEmpty()) {
                throw invalid(
                        grants.plugin(),
                        "extension " + extension.getClass().getName() + " implements no extension point");
            }
            contributions.addAll(of);
        }
        return contributions;
    }

    private static List<LoadedPlugin.Contribution> of(GrantedPermissions grants, ExtensionPoint extension) {
        PluginVersion plugin = grants.plugin();
        List<LoadedPlugin.Contribution> found = new ArrayList<>();
        if (extension instanceof Tool tool) {
            add(found, Tool.class, new ExtensionListing.OfTool(tool.description()), extension);
        }
        if (extension instanceof ModelProvider provider) {
            add(
                    found,
                    ModelProvider.class,
                    new ExtensionListing.OfModels(provider.provider(), provider.models(), provider.facts()),
                    extension);
        }
        if (extension instanceof EmbeddingProvider provider) {
            add(
                    found,
                    EmbeddingProvider.class,
                    new ExtensionListing.OfEmbeddings(provider.provider(), provider.models(), provider.facts()),
                    extension);
        }
        if (extension instanceof NodeType type) {
            add(
                    found,
                    NodeType.class,
                    new ExtensionListing.OfNodeType(
                            type.type(), type.description(), type.configurationSchema(), type.effect()),
                    extension);
        }
        if (extension instanceof ChannelReducer reducer) {
            add(found, ChannelReducer.class, described(plugin, reducer), extension);
        }
        if (extension instanceof Protocol protocol) {
            add(found, Protocol.class, described(grants, protocol), extension);
        }
        if (extension instanceof AgentPack pack) {
            add(
                    found,
                    AgentPack.class,
                    new ExtensionListing.OfPack(
                            plugin.plugin(),
                            pack.title(),
                            pack.description(),
                            pack.configurationSchema(),
                            pack.agents(),
                            pack.agentFiles()),
                    extension);
        }
        return found;
    }

    private static ExtensionListing.OfReducer described(PluginVersion plugin, ChannelReducer reducer) {
        String name = reducer.reducer();
        if (!REDUCER.matcher(name).matches()) {
            throw invalid(
                    plugin, "the name of its reducer '" + name + "' is not lower-case words with dots, two or more");
        }
        return new ExtensionListing.OfReducer(
                name,
                reducer.description(),
                reducer.valueSchema(),
                Objects.requireNonNull(reducer.start(), "The reducer " + name + " starts with nothing"),
                reducer.orderIndependent());
    }

    private static ExtensionListing.OfProtocol described(GrantedPermissions grants, Protocol protocol) {
        String name = protocol.protocol();
        if (!PROTOCOL.matcher(name).matches()) {
            throw invalid(
                    grants.plugin(),
                    "the name of its protocol '" + name
                            + "' is not a lower-case letter and up to 62 lower-case letters, digits and hyphens");
        }
        grants.require(Permission.of(PermissionKind.HTTP_ROUTE, "/protocols/" + name + "/**"));
        return new ExtensionListing.OfProtocol(name, protocol.description());
    }

    private static void add(
            List<LoadedPlugin.Contribution> found,
            Class<? extends ExtensionPoint> point,
            ExtensionListing.Description description,
            ExtensionPoint extension) {
        found.add(new LoadedPlugin.Contribution(point, description, extension));
    }

    private static AgentOsException invalid(PluginVersion plugin, String why) {
        return new AgentOsException(
                PluginErrorCode.INVALID_PLUGIN,
                "Plugin " + plugin + " cannot be started: " + why + ".",
                "Report it to the plugin's author.");
    }

    /** All of them, with what the file says at length of each. */
    static List<LoadedPlugin.Contribution> whole(
            PluginFile file, Optional<LoadedPlugin.Contribution> site, List<LoadedPlugin.Contribution> contributions) {
        return Stream.concat(site.stream(), contributions.stream())
                .map(one -> one.describedBy(PackFiles.read(file.plugin(), file.path(), one.description())))
                .toList();
    }

    /** The files of a site, if there are any. */
    static Optional<LoadedPlugin.Contribution> ofSite(PluginFile file, GrantedPermissions grants) {
        try {
            Optional<Site> site = Site.read(file.path());
            site.ifPresent(
                    found -> grants.require(Permission.of(PermissionKind.HTTP_ROUTE, "/" + found.name() + "/**")));
            return site.map(found ->
                    new LoadedPlugin.Contribution(Site.class, new ExtensionListing.OfSite(found.name()), found));
        } catch (IOException e) {
            throw invalid(file.plugin(), String.valueOf(e.getMessage()));
        }
    }
}
