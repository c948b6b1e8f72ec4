package dev.agentos.pluginruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.agentos.kernel.Json;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.Operation;
import dev.agentos.kernel.PageRequest;
import dev.agentos.policy.Approval;
import dev.agentos.policy.Approvals;
import dev.agentos.policy.Policies;
import dev.agentos.policy.PolicyDocument;
import dev.agentos.policy.PolicyErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenantId;
import dev.agentos.testkit.SyntheticJar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Plugins that are installed once somebody else has agreed. */
@Timeout(120)
class InstallApprovalsTest extends HostedTest {

    private static final String ASKER = "key_asker";
    private static final String INVOKE = "tool.invoke;target=\"other.tool\"";

    private void ask() {
        host.rule(Optional.empty(), "REQUIRE_APPROVAL", "action != 'enable'", "enforce");
    }

    private Path jar(String version, String... permissions) {
        return named("mailer", version, permissions);
    }

    private Path named(String id, String version, String... permissions) {
        return SyntheticJar.plugin(id, version)
                .header("Bundle-Version", version.replaceFirst("-.*", ""))
                .extension("synthetic.Slow", SyntheticSources.starting(id, ""))
                .permissions(Stream.of(permissions)
                        .flatMap(header -> PermissionRequest.parseHeader(header).stream())
                        .toArray(PermissionRequest[]::new))
                .writeTo(folder);
    }

    private static InstallRequest request(Path jar) {
        return new InstallRequest(new InstallRequest.Upload(jar), Consent.ALL, Optional.empty(), Optional.of(ASKER));
    }

    private static Principal administrator(String id) {
        return new Principal(id, id, Optional.empty(), EnumSet.allOf(Scope.class));
    }

    private List<Approval> pending(PluginHost at) {
        return at.approvals
                .list(
                        Optional.empty(),
                        true,
                        Optional.of(Approval.State.PENDING),
                        new PageRequest(100, Optional.empty()))
                .items();
    }

    private static Approvals.Ballot ballot(String id, Approval seen) {
        return new Approvals.Ballot(administrator(id), seen.standing().nonce(), Optional.of("I looked"));
    }

    private static void approve(PluginHost at, Approval seen) {
        at.approvals.approve(Optional.empty(), seen.id(), ballot("key_other", seen), Optional.empty());
    }

    private static void refused(ErrorCode code, ThrowingCallable act) {
        assertThatThrownBy(act)
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).as(e.getMessage()).isEqualTo(code));
    }

    @Test
    void anInstallationWaitsUntilSomebodyElseAgreesToJustThat() {
        ask();
        Path jar = jar("1.0.0", INVOKE);
        assertThat(host.service.plan(request(jar)).warnings())
                .anySatisfy(warning -> assertThat(warning).contains("waits until somebody else", "Look twice."));
        Operation operation = host.waiting(host.service.install(request(jar)));
        assertThat(operation.state()).isEqualTo(Operation.State.WAITING);
        assertThat(host.service.list()).isEmpty();
        Approval asked = pending(host).getFirst();
        assertThat(operation.progress().message()).contains(asked.id());
        assertThat(asked.tenant()).isEmpty();
        assertThat(asked.asked().execution()).isEqualTo(operation.id());
        assertThat(asked.asked().startedBy()).contains(ASKER);
        assertThat(Json.write(asked.arguments()))
                .contains(
                        "\"action\":\"install\"",
                        "\"sha512\":\"" + PluginFiles.sha512(jar) + "\"",
                        "\"grants\":[\"tool");
        refused(
                PolicyErrorCode.SELF_APPROVAL,
                () -> host.approvals.approve(Optional.empty(), asked.id(), ballot(ASKER, asked), Optional.empty()));
        Approvals.Ballot tenants = new Approvals.Ballot(
                new Principal("key_t", "t", Optional.of(new TenantId("tnt_a")), EnumSet.allOf(Scope.class)),
                asked.standing().nonce(),
                Optional.empty());
        refused(
                PolicyErrorCode.UNKNOWN_APPROVAL,
                () -> host.approvals.approve(Optional.empty(), asked.id(), tenants, Optional.empty()));
        assertThatThrownBy(() -> host.approvals.approve(
                        Optional.empty(), asked.id(), ballot("key_other", asked), Optional.of(JsonObject.of("a", 1))))
                .hasMessageContaining("as it was asked");
        approve(host, asked);
        host.done(operation);
        assertThat(host.service.require("mailer").state()).isEqualTo(PluginState.STARTED);
        assertThat(host.plugins.waiting()).isEmpty();
        assertThat(host.messages(operation)).last().isEqualTo("Done");
        refused(
                PolicyErrorCode.APPROVAL_OVER,
                () -> host.approvals.reject(Optional.empty(), asked.id(), ballot("key_third", asked)));
    }

    /** Whoever is quick decides before it is known what the operation does then. */
    @Test
    void whatIsDecidedBeforeItIsNotedIsNotLost() {
        ask();
        host.plugins.beforeAwait = () -> approve(host, pending(host).getFirst());
        host.done(host.service.install(request(jar("1.0.0"))));
        assertThat(host.service.require("mailer").state()).isEqualTo(PluginState.STARTED);
        assertThat(host.plugins.waiting()).isEmpty();

        host.plugins.beforeAwait = () -> {
            Approval asked = pending(host).getFirst();
            host.approvals.reject(Optional.empty(), asked.id(), ballot("key_other", asked));
        };
        assertThat(host.failed(host.service.swap("mailer", request(jar("1.1.0"))))
                        .code())
                .isEqualTo("policy:REJECTED");
        assertThat(host.plugins.waiting()).isEmpty();
        assertThat(host.service.require("mailer").plugin().version()).isEqualTo("1.0.0");
    }

    @Test
    void whatHasWaitedIsInstalledAlsoWhenItCannotBeForgotten() {
        ask();
        Operation operation = host.waiting(host.service.install(request(jar("1.0.0"))));
        host.plugins.beforeForget = () -> {
            throw new AgentOsException(KernelErrorCode.DATABASE_UNAVAILABLE, "Not now.", "Try again.");
        };
        approve(host, pending(host).getFirst());
        host.done(operation);
        assertThat(host.service.require("mailer").state()).isEqualTo(PluginState.STARTED);
    }

    private static final String EXEC = "process.exec;target=\"/usr/bin/true\";optional:=true";

    private Operation grant(Permission... granted) {
        return host.service.grant(
                "mailer",
                InstalledPlugin.ANY,
                new Consent(Set.of(granted), false, true, Optional.empty()),
                Optional.of(ASKER));
    }

    private List<Permission> granted() {
        return host.plugins.list().getFirst().release().grants();
    }

    /** Else one person could grant alone what two have installed without it. */
    @Test
    void moreGrantsWaitAsASwapDoesAndFewerDoNot() {
        Permission exec = Permission.parse("process.exec /usr/bin/true");
        host.done(host.service.install(request(jar("1.0.0", EXEC))));
        assertThat(granted()).isEmpty();
        host.rule(Optional.empty(), "REQUIRE_APPROVAL", "size(release.added) > 0", "enforce");

        Operation operation = host.waiting(grant(exec));
        assertThat(operation.state()).isEqualTo(Operation.State.WAITING);
        assertThat(granted()).isEmpty();
        Approval asked = pending(host).getFirst();
        assertThat(Json.write(asked.arguments()))
                .contains(
                        "\"action\":\"swap\"",
                        "\"previous\":\"1.0.0\"",
                        "\"added\":[\"" + exec + "\"]",
                        "\"grants\":[\"" + exec + "\"]");
        refused(
                PolicyErrorCode.SELF_APPROVAL,
                () -> host.approvals.approve(Optional.empty(), asked.id(), ballot(ASKER, asked), Optional.empty()));
        refused(PluginErrorCode.BUSY, () -> grant(exec));
        host.done(grant());
        approve(host, asked);
        host.done(operation);
        assertThat(granted()).containsExactly(exec);
        assertThat(host.plugins.waiting()).isEmpty();

        host.done(grant(exec));
        host.done(grant());
        assertThat(granted()).isEmpty();
        assertThat(pending(host)).isEmpty();
    }

    @Test
    void moreGrantsAreDeniedWhereARuleSaysSo() {
        host.done(host.service.install(request(jar("1.0.0", EXEC, INVOKE + ";optional:=true"))));
        host.done(grant());
        host.rule(Optional.empty(), "DENY", "release.added.exists(one, one.startsWith('process.exec'))", "enforce");
        assertThat(host.failed(grant(Permission.parse("process.exec /usr/bin/true")))
                        .code())
                .isEqualTo("policy:DENIED");
        assertThat(granted()).isEmpty();
        Permission invoke = Permission.parse("tool.invoke other.tool");
        host.done(grant(invoke));
        assertThat(granted()).containsExactly(invoke);
    }

    @Test
    void aPreReleaseWaitsAndComesAsAnyOther() {
        host.done(host.service.install(request(jar("1.0.0"))));
        host.releases.offer(jar("2.0.0-rc.1"));
        ask();
        InstallRequest candidate = new InstallRequest(
                new InstallRequest.Release("mailer", "2.0.0-rc.1"), Consent.ALL, Optional.empty(), Optional.of(ASKER));
        Operation operation = host.waiting(host.service.swap("mailer", candidate));
        assertThat(operation.failure()).isEmpty();
        approve(host, pending(host).getFirst());
        host.done(operation);
        assertThat(host.service.require("mailer").plugin().version()).isEqualTo("2.0.0-rc.1");

        host.releases.offer(jar("2.0.0-rc.2", INVOKE));
        assertThat(host.service.postpone(
                        "mailer",
                        new InstallRequest(new InstallRequest.Release("mailer", "2.0.0-rc.2"), Consent.of(Set.of()))))
                .isTrue();
        Operation update = host.waiting(host.service.swap("mailer", host.service.pending("mailer", Consent.ALL)));
        approve(host, pending(host).getFirst());
        host.done(update);
        assertThat(host.service.require("mailer").plugin().version()).isEqualTo("2.0.0-rc.2");

        host.done(host.service.uninstall("mailer", false));
        Operation needed = host.waiting(host.service.install(request(SyntheticJar.plugin("user", "1.0.0")
                .extension("synthetic.Slow", SyntheticSources.starting("user", ""))
                .dependsOn("mailer@2.0.0-rc.1")
                .writeTo(folder))));
        pending(host).forEach(asked -> approve(host, asked));
        await().until(() -> {
            host.approvals.sweep();
            return host.service.list().size() == 2;
        });
        host.done(needed);
        assertThat(host.service.require("mailer").plugin().version()).isEqualTo("2.0.0-rc.1");
    }

    @Test
    void aRuleThatCameWhileItWaitedIsMetToo() {
        ask();
        Operation operation = host.waiting(host.service.install(request(jar("1.0.0"))));
        Approval first = pending(host).getFirst();
        host.policies.put(
                Optional.empty(),
                "zz-two",
                PolicyDocument.read(Json.parseObject("""
                    {"rules": [{"id": "two", "point": "install", "effect": "REQUIRE_APPROVAL", "reason": "Both.",
                                "approval": {"people": 2}}]}\
                    """)),
                0,
                new Policies.Author("key_1", Optional.empty()),
                false);
        approve(host, first);
        await().until(() -> !pending(host).isEmpty());
        Approval second = pending(host).getFirst();
        assertThat(second.terms().people()).isEqualTo(2);
        assertThat(host.service.list()).isEmpty();
        approve(host, second);
        Approval half = pending(host).getFirst();
        host.approvals.approve(Optional.empty(), half.id(), ballot("key_third", half), Optional.empty());
        host.done(operation);
        assertThat(host.service.require("mailer").state()).isEqualTo(PluginState.STARTED);
    }

    @Test
    void aRefusalAndTheDeadlineEndIt() {
        ask();
        Operation first = host.waiting(host.service.install(request(jar("1.0.0"))));
        Approval asked = pending(host).getFirst();
        // Who asked may think better of it.
        host.approvals.reject(Optional.empty(), asked.id(), ballot(ASKER, asked));
        assertThat(host.failed(first))
                .satisfies(failure -> assertThat(failure.code()).isEqualTo("policy:REJECTED"))
                .satisfies(failure -> assertThat(failure.message()).contains("mailer", ASKER, "I looked"));
        Operation second = host.waiting(host.service.install(request(jar("1.0.0"))));
        assertThat(pending(host)).hasSize(1);
        host.later = Duration.ofDays(40);
        host.approvals.sweep();
        assertThat(host.failed(second).message()).contains("was not agreed to in time");
        assertThat(host.plugins.waiting()).isEmpty();
        assertThat(host.service.list()).isEmpty();
    }

    @Test
    void itGoesOnOnAnotherServerWithoutTheFileThatWasUploaded() throws IOException {
        ask();
        Path jar = jar("1.0.0");
        Operation operation = host.waiting(host.service.install(request(jar)));
        Approval asked = pending(host).getFirst();
        host.close();
        Files.delete(jar);
        try (PluginHost other = new PluginHost(folder.resolve("other"), host)) {
            assertThat(other.service.list()).isEmpty();
            approve(other, asked);
            other.done(operation);
            assertThat(other.service.require("mailer").plugin().version()).isEqualTo("1.0.0");
        }
    }

    @Test
    void ofTwoServersOneGoesOn() {
        ask();
        Operation operation = host.waiting(host.service.install(request(jar("1.0.0"))));
        Approval asked = pending(host).getFirst();
        try (PluginHost other = new PluginHost(folder.resolve("other"), host)) {
            approve(host, asked);
            for (int i = 0; i < 50; i++) {
                other.approvals.sweep();
            }
            host.done(operation);
            assertThat(host.messages(operation).stream().filter("Done"::equals)).hasSize(1);
            assertThat(host.plugins.list()).hasSize(1);
        }
    }

    @Test
    void whatItBringsAlongIsAgreedToByItself() {
        ask();
        host.releases.offer(named("base", "1.0.0"));
        Path jar = SyntheticJar.plugin("mailer", "1.0.0")
                .extension("synthetic.Slow", SyntheticSources.starting("mailer", ""))
                .dependsOn("base@1.0.0")
                .writeTo(folder);
        Operation operation = host.waiting(host.service.install(request(jar)));
        List<Approval> both = pending(host);
        assertThat(both).extracting(one -> one.asked().name()).containsExactlyInAnyOrder("base", "mailer");
        approve(host, both.getFirst());
        // It looks, and waits for the other.
        await().until(() -> {
            host.approvals.sweep();
            return host.messages(operation).stream()
                            .filter(message -> message.startsWith("Waits"))
                            .count()
                    == 2;
        });
        assertThat(host.service.list()).isEmpty();
        assertThat(host.waiting(operation).state()).isEqualTo(Operation.State.WAITING);
        approve(host, both.getLast());
        await().until(() -> {
            host.approvals.sweep();
            return host.service.list().size() == 2;
        });
        host.done(operation);
    }

    @Test
    void whatHasChangedMeanwhileIsAskedAnew() {
        String wanted = INVOKE + ";optional:=true";
        host.done(host.service.install(request(jar("1.0.0", wanted))));
        ask();
        Operation operation = host.waiting(host.service.swap("mailer", request(jar("1.1.0", wanted))));
        Approval asked = pending(host).getFirst();
        assertThat(Json.write(asked.arguments())).contains("\"added\":[]");
        host.done(
                host.service.grant("mailer", InstalledPlugin.ANY, Consent.of(Set.<Permission>of()), Optional.empty()));
        approve(host, asked);
        Approval anew =
                await().until(() -> pending(host), found -> !found.isEmpty()).getFirst();
        assertThat(anew.id()).isNotEqualTo(asked.id());
        assertThat(Json.write(anew.arguments())).contains("\"added\":[\"tool.invoke");
        assertThat(host.waiting(operation).state()).isEqualTo(Operation.State.WAITING);
    }

    @Test
    void aRuleThatDeniesMeanwhileDenies() {
        ask();
        Operation operation = host.waiting(host.service.install(request(jar("1.0.0"))));
        Approval asked = pending(host).getFirst();
        host.policies.put(
                Optional.empty(),
                "plugins",
                PolicyDocument.read(Json.parseObject("""
                    {"rules": [{"id": "no", "point": "install", "effect": "DENY", "reason": "Never."}]}\
                    """)),
                1,
                new Policies.Author("key_1", Optional.empty()),
                false);
        approve(host, asked);
        assertThat(host.failed(operation).code()).isEqualTo("policy:DENIED");
    }

    @Test
    void oneWaitsAtATimeAndCanBeCancelled() {
        ask();
        Operation operation = host.waiting(host.service.install(request(jar("1.0.0"))));
        refused(PluginErrorCode.BUSY, () -> host.service.install(request(jar("1.0.1"))));
        assertThat(host.cancel(operation)).isTrue();
        assertThat(host.ended(operation).state()).isEqualTo(Operation.State.CANCELLED);
        Approval asked = pending(host).getFirst();
        approve(host, asked);
        assertThat(host.service.list()).isEmpty();
        Operation next = host.waiting(host.service.install(request(jar("1.0.1"))));
        approve(host, pending(host).getFirst());
        host.done(next);
    }

    @Test
    void aTenantsPeopleAgreeToWhatItIsGiven() {
        TenantId tenant = new TenantId("tnt_a");
        host.rule(Optional.of(tenant), "REQUIRE_APPROVAL", "action == 'enable'", "enforce");
        host.done(host.service.install(request(jar("1.0.0"))));
        refused(
                PolicyErrorCode.APPROVAL_REQUIRED,
                () -> host.service.requireAllowed(tenant, "mailer", Optional.of(ASKER), true));
        assertThat(pendingOf(tenant)).as("a dry run asks nobody").isEmpty();
        refused(
                PolicyErrorCode.APPROVAL_REQUIRED,
                () -> host.service.requireAllowed(tenant, "mailer", Optional.of(ASKER), false));
        refused(
                PolicyErrorCode.APPROVAL_REQUIRED,
                () -> host.service.requireAllowed(tenant, "mailer", Optional.of(ASKER), false));
        Approval asked = pendingOf(tenant).getFirst();
        assertThat(pendingOf(tenant)).hasSize(1);
        host.approvals.reject(Optional.of(tenant), asked.id(), ballot("key_other", asked));
        assertThatThrownBy(() -> host.service.requireAllowed(tenant, "mailer", Optional.of(ASKER), false))
                .hasMessageContaining("refused by key_other: I looked");
        Approval anew = pendingOf(tenant).getFirst();
        host.approvals.approve(Optional.of(tenant), anew.id(), ballot("key_other", anew), Optional.empty());
        host.service.requireAllowed(tenant, "mailer", Optional.of(ASKER), false);
        host.service.requireAllowed(new TenantId("tnt_b"), "mailer", Optional.of(ASKER), false);
    }

    private List<Approval> pendingOf(TenantId tenant) {
        return host.approvals
                .list(
                        Optional.of(tenant),
                        false,
                        Optional.of(Approval.State.PENDING),
                        new PageRequest(100, Optional.empty()))
                .items();
    }

    @Test
    void anUpdateThatWaitedForConsentIsStillOfItsRegistryWhenItIsAgreedTo() {
        host.done(host.service.install(request(jar("1.0.0"))));
        host.releases.registry = "1".repeat(64);
        host.releases.offer(jar("1.1.0", INVOKE));
        assertThat(host.service.postpone(
                        "mailer", new InstallRequest(new InstallRequest.Release("mailer", "*"), Consent.of(Set.of()))))
                .isTrue();
        ask();
        Operation operation = host.waiting(host.service.swap("mailer", host.service.pending("mailer", Consent.ALL)));
        assertThat(operation.state()).isEqualTo(Operation.State.WAITING);

        host.releases.registry = "2".repeat(64);
        approve(host, pending(host).getFirst());
        assertThat(host.failed(operation).code()).isEqualTo("plugin:REGISTRY_CHANGED");
        host.releases.registry = "1".repeat(64);
        Operation again = host.waiting(host.service.swap("mailer", host.service.pending("mailer", Consent.ALL)));
        approve(host, pending(host).getFirst());
        host.done(again);
        assertThat(host.service.require("mailer").plugin().version()).isEqualTo("1.1.0");
    }
}
