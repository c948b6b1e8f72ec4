package dev.agentos.agents;

import dev.agentos.graph.NodeHandler;
import dev.agentos.graph.NodeHandlers;
import dev.agentos.invocation.Invocation;
import dev.agentos.pluginruntime.ExtensionRegistry;
import dev.agentos.spi.NodeType;
import java.util.Optional;

/** The node types {@code llm} and {@code tool}, and those that plugins add. */
public final class AgentNodes implements NodeHandlers {

    private final Invocation invocation;
    private final ExtensionRegistry extensions;
    private final NodeHandler llm;
    private final NodeHandler tool;

    /** Node types that call plugins through that door. */
    public AgentNodes(Invocation invocation, ExtensionRegistry extensions) {
        this.invocation = invocation;
        this.extensions = extensions;
        this.llm = new LlmNode(invocation);
        this.tool = new ToolNode(invocation);
    }

    @Override
    public Optional<NodeHandler> find(String type) {
        return switch (type) {
            case "llm" -> Optional.of(llm);
            case "tool" -> Optional.of(tool);
            default -> extensions.find(NodeType.class, type).map(found -> new PluginNode(invocation, type));
        };
    }
}
