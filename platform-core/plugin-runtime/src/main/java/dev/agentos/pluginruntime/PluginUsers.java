package dev.agentos.pluginruntime;

import java.util.List;

/** Tells who would miss a plugin. */
@FunctionalInterface
public interface PluginUsers {

    /** Users of the plugin in words, as in {@code tenant tnt_… has the pack enabled}; empty when nobody uses it. */
    List<String> usersOf(String plugin);
}
