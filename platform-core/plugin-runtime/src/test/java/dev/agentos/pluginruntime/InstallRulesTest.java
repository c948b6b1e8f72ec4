package dev.agentos.pluginruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Operation;
import dev.agentos.policy.PolicyErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.tenancy.TenantId;
import dev.agentos.testkit.SyntheticJar;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Rules before plugins are installed, swapped, and enabled for tenants. */
class InstallRulesTest extends HostedTest {

    private Path jar(String version, String... permissions) {
        return SyntheticJar.plugin("mailer", version)
                .extension("synthetic.Slow", SyntheticSources.starting("mailer", ""))
                .permissions(java.util.Arrays.stream(permissions)
                        .flatMap(header -> PermissionRequest.parseHeader(header).stream())
                        .toArray(PermissionRequest[]::new))
                .writeTo(folder);
    }

    private static void denied(Runnable act) {
        assertThatThrownBy(act::run).isInstanceOfSatisfying(AgentOsException.class, e -> {
            assertThat(e.errorCode()).isEqualTo(PolicyErrorCode.DENIED);
            assertThat(e.getMessage()).contains("'r'", "platform's policy 'plugins'", "mailer", "Not here.");
        });
    }

    @Test
    void whatARuleDeniesIsNeitherPlannedNorInstalled() {
        host.rule(
                Optional.empty(), "DENY", "!release.signed && plugin.id == 'mailer' && action == 'install'", "enforce");
        InstallRequest request = PluginHost.upload(jar("1.0.0"));
        denied(() -> host.service.plan(request));
        Operation ended = host.ended(host.service.install(request));
        assertThat(ended.state()).isEqualTo(Operation.State.FAILED);
        assertThat(ended.failure().orElseThrow().code()).isEqualTo("policy:DENIED");
        assertThat(host.service.list()).isEmpty();
    }

    @Test
    void aDryRunIsAWarning() {
        host.rule(Optional.empty(), "DENY", "release.size > 10", "dry-run");
        InstallRequest request = PluginHost.upload(jar("1.0.0"));
        assertThat(host.service.plan(request).warnings())
                .singleElement()
                .asString()
                .contains("rule 'r'", "would not allow to install the plugin mailer 1.0.0", "Not here.");
        host.done(host.service.install(request));
        assertThat(host.service.list()).hasSize(1);
    }

    @Test
    void aSwapMayNotAskForMoreThanTheVersionBefore() {
        host.rule(Optional.empty(), "DENY", "release.previous != '' && size(release.added) > 0", "enforce");
        host.done(host.service.install(PluginHost.upload(jar("1.0.0"))));
        host.done(host.service.swap("mailer", PluginHost.upload(jar("1.1.0"))));
        InstallRequest more = PluginHost.upload(jar("1.2.0", "tool.invoke;target=\"other.tool\""));
        denied(() -> host.service.plan(more));
        Operation ended = host.ended(host.service.swap("mailer", more));
        assertThat(ended.failure().orElseThrow().code()).isEqualTo("policy:DENIED");
        assertThat(host.service.require("mailer").plugin().version()).isEqualTo("1.1.0");
    }

    @Test
    void aTenantsRuleIsAboutWhatThatTenantIsGiven() {
        TenantId tenant = new TenantId("tnt_a");
        host.rule(
                Optional.of(tenant),
                "DENY",
                "action == 'enable' && release.permissions.exists(one, one.startsWith('tool.invoke'))",
                "enforce");
        host.done(host.service.install(PluginHost.upload(jar("1.0.0", "tool.invoke;target=\"other.tool\""))));
        assertThatThrownBy(() -> host.service.requireAllowed(tenant, "mailer", Optional.empty(), false))
                .hasMessageContaining("tenant's policy 'plugins'");
        host.service.requireAllowed(new TenantId("tnt_b"), "mailer", Optional.empty(), false);
    }
}
