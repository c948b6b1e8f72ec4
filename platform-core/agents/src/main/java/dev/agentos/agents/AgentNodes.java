package dev.agentos.agents;

import dev.agentos.graph.Channels;
import dev.agentos.graph.NodeHandler;
import dev.agentos.graph.NodeHandlers;
import dev.agentos.invocation.Invocation;
import dev.agentos.pluginruntime.ExtensionRegistry;
import dev.agentos.scripting.ScriptEngine;
import dev.agentos.spi.ChannelReducer;
import dev.agentos.spi.NodeType;
import java.util.Optional;

/** The node types {@code llm}, {@code tool} and {@code code}, and the node types and reducers that plugins add. */
public final class AgentNodes implements NodeHandlers {

    private final Invocation invocation;
    private final ExtensionRegistry extensions;
    private final NodeHandler llm;
    private final NodeHandler tool;
    private final NodeHandler code;

    /** Node types that call plugins through that door, and execute scripts on that engine. */
    public AgentNodes(Invocation invocation, ExtensionRegistry extensions, ScriptEngine scripts) {
        this(invocation, extensions, scripts, ScriptRefusals.UNRECORDED);
    }

    /** The same, which tell what scripts were refused. */
    public AgentNodes(
            Invocation invocation, ExtensionRegistry extensions, ScriptEngine scripts, ScriptRefusals refusals) {
        this.invocation = invocation;
        this.extensions = extensions;
        this.llm = new LlmNode(invocation);
        this.tool = new ToolNode(invocation);
        this.code = new CodeNode(invocation, scripts, refusals);
    }

    @Override
    public Optional<NodeHandler> find(String type) {
        return switch (type) {
            case "llm" -> Optional.of(llm);
            case "tool" -> Optional.of(tool);
            case "code" -> Optional.of(code);
            default ->
                extensions.known(NodeType.class, type, Optional.empty()).map(found -> new PluginNode(invocation, type));
        };
    }

    @Override
    public Optional<Channels.Custom> reducer(String name) {
        return extensions
                .known(ChannelReducer.class, name, Optional.empty())
                .map(found -> new PluginReducer(invocation, found));
    }
}
