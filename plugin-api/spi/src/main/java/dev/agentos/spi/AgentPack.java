package dev.agentos.spi;

import java.util.List;

/**
 * Extension point: agents that a tenant gets when the pack is enabled for it. One per plugin; the plugin's id names it.
 */
public interface AgentPack extends ExtensionPoint {

    /** What the pack is, in one line. */
    String title();

    /** What the pack's agents do and need. */
    String description();

    /** JSON Schema 2020-12 of the configuration that a tenant may give; its {@code default} values are in force. */
    JsonObject configurationSchema();

    /** The agents whose graphs are built in Java; constant while the plugin is started. */
    default List<AgentDefinition> agents() {
        return List.of();
    }

    /**
     * The agents whose graphs are files of the JAR; constant while the plugin is started. The files are read when it is
     * started, which fails when one is not there or is no graph, and says in which file and where.
     */
    default List<AgentFile> agentFiles() {
        return List.of();
    }
}
