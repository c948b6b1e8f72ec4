package dev.agentos.invocation;

import dev.agentos.invocation.internal.ModelName;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ChannelReducer;
import dev.agentos.spi.ExtensionPoint;
import dev.agentos.spi.NodeType;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import dev.agentos.spi.Protocol;
import dev.agentos.spi.Tool;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What is called.
 *
 * @param point the extension point
 * @param extension the extension's name
 * @param name what is called in words, as in {@code tool documents.split}
 * @param act what a plugin needs to have been granted for it
 * @param unknown the failure when there is none
 */
record CallTarget<T extends ExtensionPoint>(
        Class<T> point, String extension, String name, Optional<Permission> act, Supplier<AgentOsException> unknown) {

    static <T extends ExtensionPoint> CallTarget<T> ofModel(Class<T> point, ModelName name) {
        return new CallTarget<>(
                point,
                name.provider(),
                "model " + name,
                Optional.of(Permission.of(PermissionKind.MODEL_INVOKE, name.toString())),
                () -> new AgentOsException(
                        InvocationErrorCode.UNKNOWN_MODEL,
                        "There is no model '" + name + "': no started plugin is the provider '" + name.provider()
                                + "'.",
                        "Install a plugin that is, or choose one of GET /api/v1/models."));
    }

    static CallTarget<Tool> ofTool(String tool) {
        return new CallTarget<>(
                Tool.class,
                tool,
                "tool " + tool,
                Optional.of(Permission.of(PermissionKind.TOOL_INVOKE, tool)),
                () -> unknownTool(tool));
    }

    static CallTarget<NodeType> ofNodeType(String type) {
        return new CallTarget<>(
                NodeType.class, type, "node type " + type, Optional.empty(), () -> unknownNodeType(type));
    }

    static CallTarget<ChannelReducer> ofReducer(String reducer) {
        return new CallTarget<>(
                ChannelReducer.class,
                reducer,
                "reducer " + reducer,
                Optional.empty(),
                () -> new AgentOsException(
                        InvocationErrorCode.UNKNOWN_REDUCER,
                        "There is no reducer '" + reducer + "'.",
                        "Install or start the plugin that adds it."));
    }

    static CallTarget<Protocol> ofProtocol(String protocol) {
        return new CallTarget<>(
                Protocol.class,
                protocol,
                "protocol " + protocol,
                Optional.empty(),
                () -> ProtocolLoan.unknown(protocol));
    }

    static AgentOsException unknownTool(String name) {
        return new AgentOsException(
                InvocationErrorCode.UNKNOWN_TOOL,
                "There is no tool '" + name + "'.",
                "Install a plugin that has it, or choose one of GET /api/v1/tools.");
    }

    static AgentOsException unknownNodeType(String name) {
        return new AgentOsException(
                InvocationErrorCode.UNKNOWN_NODE_TYPE,
                "There is no node type '" + name + "'.",
                "Install or start the plugin that adds it.");
    }
}
