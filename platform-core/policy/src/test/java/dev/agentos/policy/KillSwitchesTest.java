package dev.agentos.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.TenantId;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class KillSwitchesTest {

    private static final TenantId A = new TenantId("tnt_a");
    private static final TenantId B = new TenantId("tnt_b");
    private static final KillSwitches.Actor ADMIN = new KillSwitches.Actor("key_admin", true);
    private static final KillSwitches.Actor OF_A = new KillSwitches.Actor("key_a", false);
    private static final PageRequest PAGE = new PageRequest(10, Optional.empty());

    private final KillSwitchStore store = new MemoryKillSwitchStore();
    private final KillSwitches switches = server();

    private KillSwitches server() {
        return new KillSwitches(store, Ids.system(), InstantSource.system());
    }

    private static KillSwitchTarget target(KillSwitchTarget.Kind kind, String id, Optional<TenantId> tenant) {
        return new KillSwitchTarget(kind, id, tenant);
    }

    private static KillSwitches.Call call(TenantId tenant, String plugin, String tool) {
        return new KillSwitches.Call(
                tenant,
                Optional.of("pack/agent"),
                plugin,
                Optional.of("caller"),
                Optional.of(tool),
                Optional.of("provider"));
    }

    @Test
    void eachKindStopsWhatItNamesAndNothingElse() {
        for (KillSwitchTarget target : new KillSwitchTarget[] {
            KillSwitchTarget.PLATFORM,
            KillSwitchTarget.of(A),
            target(KillSwitchTarget.Kind.AGENT, "pack/agent", Optional.of(A)),
            target(KillSwitchTarget.Kind.TOOL, "mail.send", Optional.of(A)),
            target(KillSwitchTarget.Kind.PLUGIN, "mail", Optional.of(A)),
            target(KillSwitchTarget.Kind.PLUGIN, "caller", Optional.of(A)),
            target(KillSwitchTarget.Kind.PROVIDER, "provider", Optional.of(A))
        }) {
            boolean all = target.kind() == KillSwitchTarget.Kind.PLATFORM;
            switches.engage(target, ADMIN, "Test");
            assertThat(switches.stopping(call(A, "mail", "mail.send")).map(KillSwitch::target))
                    .contains(target);
            assertThat(switches.stopping(call(B, "mail", "mail.send")).isPresent())
                    .as(target.named())
                    .isEqualTo(all);
            assertThat(switches.stopping(A, Optional.of("pack/agent")).isPresent())
                    .isEqualTo(target.stopsExecutions());
            assertThat(switches.stopping(A, Optional.of("pack/other")).isPresent())
                    .isEqualTo(target.stopsExecutions() && target.kind() != KillSwitchTarget.Kind.AGENT);
            switches.lift(target, ADMIN, "Over");
            assertThat(switches.stopping(call(A, "mail", "mail.send"))).isEmpty();
        }
        switches.engage(target(KillSwitchTarget.Kind.TOOL, "mail.send", Optional.empty()), ADMIN, "For all");
        assertThat(switches.stopping(call(B, "mail", "mail.send"))).isPresent();
        assertThat(switches.stopping(call(B, "mail", "mail.read"))).isEmpty();
    }

    @Test
    void anotherServerKnowsOnceItHasLooked() {
        KillSwitches other = server();
        AtomicInteger told = new AtomicInteger();
        other.onChange(told::incrementAndGet);
        switches.engage(KillSwitchTarget.PLATFORM, ADMIN, "Test");
        assertThat(other.stopping(A, Optional.empty())).isEmpty();
        other.refresh();
        other.refresh();
        assertThat(other.stopping(A, Optional.empty())).isPresent();
        assertThat(told).hasValue(1);
        switches.lift(KillSwitchTarget.PLATFORM, ADMIN, "Over");
        other.refresh();
        assertThat(other.stopping(A, Optional.empty())).isEmpty();
        assertThat(told).hasValue(2);
    }

    @Test
    void aSecondEngagementChangesNothingAndTheRecordStays() {
        KillSwitch first = switches.engage(KillSwitchTarget.PLATFORM, ADMIN, "First");
        assertThat(switches.engage(KillSwitchTarget.PLATFORM, ADMIN, "Second")).isEqualTo(first);
        switches.lift(KillSwitchTarget.PLATFORM, ADMIN, "Over");
        refused(
                PolicyErrorCode.UNKNOWN_KILL_SWITCH,
                () -> switches.lift(KillSwitchTarget.PLATFORM, ADMIN, "Over again"));
        assertThat(switches.list(Optional.empty(), Optional.of(KillSwitch.State.ENGAGED), PAGE)
                        .items())
                .isEmpty();
        assertThat(switches.list(Optional.empty(), Optional.empty(), PAGE).items())
                .singleElement()
                .satisfies(one -> {
                    assertThat(one.engaged().reason()).isEqualTo("First");
                    assertThat(one.lifted().orElseThrow().reason()).isEqualTo("Over");
                });
    }

    @Test
    void aTenantStopsItselfAndLiftsNothingThatThePlatformStopped() {
        refused(
                PolicyErrorCode.KILL_SWITCH_OUT_OF_REACH,
                () -> switches.engage(KillSwitchTarget.PLATFORM, OF_A, "All"));
        switches.engage(KillSwitchTarget.of(A), OF_A, "Ours");
        switches.engage(KillSwitchTarget.of(A), ADMIN, "Unpaid");
        switches.lift(KillSwitchTarget.of(A), OF_A, "Over");
        assertThat(switches.stopping(A, Optional.empty()).orElseThrow().platform())
                .isTrue();
        refused(PolicyErrorCode.KILL_SWITCH_OUT_OF_REACH, () -> switches.lift(KillSwitchTarget.of(A), OF_A, "Over"));
        switches.lift(KillSwitchTarget.of(A), ADMIN, "Paid");
        assertThat(switches.stopping(A, Optional.empty())).isEmpty();
    }

    @Test
    void whoIsStoppedReadsWhyAndReasonsAndNamesAreRequired() {
        switches.engage(KillSwitchTarget.PLATFORM, ADMIN, "Agents send mail");
        assertThatThrownBy(() -> switches.require(A, Optional.empty()))
                .hasMessageContaining("the platform")
                .hasMessageContaining("Agents send mail.");
        refused(PolicyErrorCode.REASON_REQUIRED, () -> switches.engage(KillSwitchTarget.of(A), ADMIN, " "));
        refused(PolicyErrorCode.REASON_REQUIRED, () -> switches.lift(KillSwitchTarget.PLATFORM, ADMIN, ""));
        refused(
                PolicyErrorCode.INVALID_KILL_SWITCH,
                () -> target(KillSwitchTarget.Kind.PLATFORM, "some", Optional.empty()));
        refused(
                PolicyErrorCode.INVALID_KILL_SWITCH,
                () -> target(KillSwitchTarget.Kind.AGENT, "agent", Optional.empty()));
        refused(
                PolicyErrorCode.INVALID_KILL_SWITCH,
                () -> target(KillSwitchTarget.Kind.TOOL, "a\nb", Optional.empty()));
        refused(PolicyErrorCode.INVALID_KILL_SWITCH, () -> target(KillSwitchTarget.Kind.TENANT, "x", Optional.of(A)));
        refused(PolicyErrorCode.INVALID_KILL_SWITCH, () -> KillSwitchTarget.Kind.of("graph"));
    }

    private static void refused(PolicyErrorCode code, ThrowingCallable work) {
        assertThatThrownBy(work)
                .isInstanceOfSatisfying(
                        AgentOsException.class, e -> assertThat(e.errorCode()).isEqualTo(code));
    }
}
