package dev.agentos.pluginruntime.internal;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.pluginruntime.ExtensionListing.Description;
import dev.agentos.pluginruntime.ExtensionListing.OfNodeType;
import dev.agentos.pluginruntime.ExtensionListing.OfPack;
import dev.agentos.pluginruntime.ExtensionListing.OfReducer;
import dev.agentos.pluginruntime.ExtensionListing.OfTool;
import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.pluginruntime.PluginVersion;
import dev.agentos.schemas.JsonSchemas;
import dev.agentos.spi.AgentDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.NodeDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The schemas that a plugin brings, which are looked at when it comes in: one that is none would fail whoever uses it
 * first. Of a version that has been in force nothing is asked, so that no start of a server takes it away and it can
 * come back.
 */
public final class DeclaredSchemas {

    /** Nodes of the runtime that check answers by a schema of the graph. */
    private static final Set<String> ASKING = Set.of("human", "wait");

    private final PluginVersion plugin;
    private final List<Fault> faults = new ArrayList<>();
    private String first = "";

    private DeclaredSchemas(PluginVersion plugin) {
        this.plugin = plugin;
    }

    /**
     * Passes when the schema of a plugin's configuration is one.
     *
     * @throws InvalidInputException {@code plugin:INVALID_PLUGIN}
     */
    public static void require(PluginVersion plugin, JsonObject settings) {
        DeclaredSchemas found = new DeclaredSchemas(plugin);
        found.look(settings, "the schema of its settings", "/settings");
        found.refuse();
    }

    /**
     * Passes when all schemas are that a plugin's extensions have.
     *
     * @throws InvalidInputException {@code plugin:INVALID_PLUGIN} naming each place
     */
    public static void require(PluginVersion plugin, List<Description> extensions) {
        DeclaredSchemas found = new DeclaredSchemas(plugin);
        extensions.forEach(found::look);
        found.refuse();
    }

    private void look(Description extension) {
        switch (extension) {
            case OfTool of ->
                look(
                        of.tool().inputSchema(),
                        "the input schema of its tool '" + of.name() + "'",
                        place("tools", of.name(), "inputSchema"));
            case OfNodeType of ->
                look(
                        of.configurationSchema(),
                        "the configuration schema of its node type '" + of.name() + "'",
                        place("nodeTypes", of.name(), "configurationSchema"));
            case OfReducer of ->
                look(
                        of.valueSchema(),
                        "the value schema of its reducer '" + of.name() + "'",
                        place("reducers", of.name(), "valueSchema"));
            case OfPack of -> {
                look(of.configurationSchema(), "the configuration schema of its pack", "/pack/configurationSchema");
                of.agents().forEach(this::look);
            }
            default -> {}
        }
    }

    private void look(AgentDefinition agent) {
        look(
                agent.inputSchema(),
                "the input schema of its agent '" + agent.name() + "'",
                place("agents", agent.name(), "inputSchema"));
        for (NodeDefinition node : agent.graph().nodes()) {
            if (ASKING.contains(node.type())) {
                node.config()
                        .object("schema")
                        .ifPresent(schema -> look(
                                schema,
                                "the schema of node '" + node.id() + "' of its agent '" + agent.name() + "'",
                                place("agents", agent.name(), "nodes") + "/" + Fault.escape(node.id()) + "/schema"));
            }
        }
    }

    private void look(JsonObject schema, String what, String pointer) {
        List<Fault> wrong = JsonSchemas.faults(schema, pointer, PluginErrorCode.INVALID_PLUGIN.code());
        if (!wrong.isEmpty() && first.isEmpty()) {
            String place = wrong.getFirst().pointer().substring(pointer.length());
            first = what + " cannot be used" + (place.isEmpty() ? "" : " at " + place);
        }
        faults.addAll(wrong);
    }

    private static String place(String kind, String name, String member) {
        return "/" + kind + "/" + Fault.escape(name) + "/" + member;
    }

    private void refuse() {
        InvalidInputException.refuse(
                faults,
                PluginErrorCode.INVALID_PLUGIN,
                "Plugin " + plugin + " is refused, because " + first,
                "Report it to the plugin's author, who corrects the schema by https://json-schema.org.");
    }
}
