package dev.agentos.invocation;

import dev.agentos.pluginruntime.PluginStateStore;
import java.nio.file.Path;
import java.time.InstantSource;

/**
 * What the host lends to plugins during calls.
 *
 * @param states the durable state of plugins
 * @param tenants plugins as each tenant has set them
 * @param workspaces the directory below which each tenant's workspace is
 * @param clock the server's clock
 */
public record HostCapabilities(PluginStateStore states, TenantPlugins tenants, Path workspaces, InstantSource clock) {}
