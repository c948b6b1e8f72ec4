package dev.agentos.server;

import dev.agentos.identity.OidcConfig;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.Setting;
import dev.agentos.kernel.Settings;
import dev.agentos.spi.AgentOsException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Optional;

/** What can be set about an identity provider, read and checked. */
final class OidcSettings {

    /** Everything that can be set of it. */
    static final List<Setting> KNOWN = List.of(
            Setting.of(
                    "oidc-issuer",
                    "Address of an identity provider (OpenID Connect), as it writes itself in its tokens; without it"
                            + " there is none.",
                    ""),
            Setting.of("oidc-client-id", "As which this server is registered there.", "agentos"),
            new Setting("oidc-client-secret", "What proves it; empty for a client without a secret.", "", true),
            Setting.of(
                    "oidc-redirect-url",
                    "Where browsers come back from the provider: this server's address, and"
                        + " /api/v1/login/oidc/callback. Without it nobody logs in there, and only tokens of programs"
                        + " are accepted.",
                    ""),
            Setting.of("oidc-audience", "For whom a token must be that a program sends as a bearer.", "agentos"),
            Setting.of("oidc-tenant-claim", "The claim of such a token that names the tenant.", "agentos_tenant"),
            Setting.of("oidc-roles-claim", "The claim of such a token that lists the roles.", "agentos_roles"));

    private OidcSettings() {}

    static Optional<OidcConfig> of(Settings settings) {
        return settings.text("oidc-issuer")
                .map(issuer -> new OidcConfig(
                        address("oidc-issuer", issuer),
                        settings.required("oidc-client-id"),
                        settings.text("oidc-client-secret"),
                        settings.required("oidc-audience"),
                        settings.required("oidc-tenant-claim"),
                        settings.required("oidc-roles-claim"),
                        settings.text("oidc-redirect-url").map(url -> address("oidc-redirect-url", url))));
    }

    private static URI address(String setting, String text) {
        try {
            URI address = new URI(text);
            if (OidcConfig.secure(address)) {
                return address;
            }
        } catch (URISyntaxException e) {
            throw invalid(setting, text);
        }
        throw invalid(setting, text);
    }

    private static AgentOsException invalid(String setting, String text) {
        return new AgentOsException(
                KernelErrorCode.INVALID_SETTING,
                "The setting '" + setting + "' is no address of HTTPS: '" + text + "'.",
                "Write it as in https://login.example.org; http is for this machine only.");
    }
}
