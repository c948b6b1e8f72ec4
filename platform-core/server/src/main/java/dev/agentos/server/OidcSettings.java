package dev.agentos.server;

import dev.agentos.identity.OidcConfig;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.Setting;
import dev.agentos.kernel.Settings;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.BuiltInRole;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

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
            Setting.of("oidc-roles-claim", "The claim of such a token that lists the roles.", "agentos_roles"),
            Setting.of(
                    "oidc-join-domains",
                    "Whoever logs in with a verified address of one of these domains, as in example.com,example.org,"
                            + " becomes a member without an invitation; without it nobody does.",
                    ""),
            Setting.of("oidc-join-tenant", "Of which tenant they become a member.", "default"),
            Setting.of("oidc-join-role", "Which role they get; not owner.", "viewer"));

    private static final Pattern DOMAIN = Pattern.compile("[a-z0-9-]+(\\.[a-z0-9-]+)+");

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
                        settings.text("oidc-redirect-url").map(url -> address("oidc-redirect-url", url)),
                        settings.text("oidc-join-domains").map(domains -> join(settings, domains))));
    }

    private static OidcConfig.Join join(Settings settings, String written) {
        Set<String> domains = new LinkedHashSet<>();
        for (String part : written.split(",", -1)) {
            String domain = part.strip().toLowerCase(Locale.ROOT);
            if (!DOMAIN.matcher(domain).matches()) {
                throw new AgentOsException(
                        KernelErrorCode.INVALID_SETTING,
                        "The setting 'oidc-join-domains' holds no domain of e-mail addresses: '" + part.strip() + "'.",
                        "Write whole domains, separated by commas, as in example.com,example.org.");
            }
            domains.add(domain);
        }
        String role = settings.required("oidc-join-role");
        if (role.equals(BuiltInRole.OWNER.word())) {
            throw new AgentOsException(
                    KernelErrorCode.INVALID_SETTING,
                    "The setting 'oidc-join-role' would make everybody an owner who logs in.",
                    "Name another role, as in viewer, and make owners yourself.");
        }
        return new OidcConfig.Join(settings.required("oidc-join-tenant"), role, domains);
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
