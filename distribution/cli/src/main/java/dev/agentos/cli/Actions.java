package dev.agentos.cli;

import java.util.Optional;

/** What to do about a refusal, in commands: the server's own advice is in requests. */
final class Actions {
    private Actions() {}

    static Optional<String> of(String code) {
        return Optional.ofNullable(
                switch (code) {
                    case "tenancy:TENANT_REQUIRED" ->
                        "Name the tenant with --tenant; 'agentos tenant list' lists them.";
                    case "tenancy:UNKNOWN_TENANT" -> "'agentos tenant list' lists the tenants.";
                    case "tenancy:UNAUTHENTICATED" ->
                        "Name the file of a valid key with --key-file, or the server's data directory with --data-dir.";
                    case "tenancy:SCOPE_MISSING" ->
                        "Use a key that holds it; 'agentos key create NAME --scope SCOPE' makes one.";
                    case "tenancy:UNKNOWN_KEY" -> "'agentos key list' lists the keys; those of a tenant need --tenant.";
                    case "agent:UNKNOWN_PACK" ->
                        "'agentos pack list' lists the packs; 'agentos plugin install' brings another.";
                    case "agent:UNKNOWN_AGENT" ->
                        "'agentos pack list' shows each pack's agents; 'agentos pack enable' makes them available.";
                    case "registry:LISTING_NOT_FOUND", "plugin:UNKNOWN_RELEASE" ->
                        "'agentos plugin search' shows what the marketplace has.";
                    case "plugin:UNKNOWN_PLUGIN" -> "'agentos plugin list' lists the installed plugins.";
                    case "plugin:ALREADY_INSTALLED" -> "Replace its version with 'agentos plugin swap'.";
                    case "plugin:CONSENT_REQUIRED" ->
                        "See what it asks for with --dry-run. Grant it with --accept PERMISSION or --accept-all;"
                                + " critical permissions need --accept-critical as well. An update waits for that:"
                                + " 'agentos plugin show ID', then 'agentos plugin swap ID --pending'.";
                    case "plugin:PUBLISHER_CHANGED" ->
                        "When you are sure of the new certificate: 'agentos publisher trust PLUGIN FINGERPRINT'.";
                    case "plugin:REGISTRY_CHANGED" ->
                        "When both mean the same plugin: 'agentos publisher trust PLUGIN FINGERPRINT --registry KEY'.";
                    case "plugin:IN_USE" ->
                        "End the use first, by 'agentos pack disable' or 'agentos plugin uninstall', or add --force.";
                    case "graph:UNKNOWN_EXECUTION" -> "'agentos execution list' lists the executions.";
                    case "graph:UNKNOWN_SESSION" -> "'agentos session list' lists the sessions.";
                    case "graph:SESSION_BUSY" ->
                        "'agentos session show' names the execution that has it; or start with --when-busy enqueue,"
                                + " interrupt or rollback.";
                    default -> null;
                });
    }
}
