package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.invocation.CallScope;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Membership;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.Rights;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenantId;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** On whose behalf judges of a policy that is tried are asked, by who may read all rules and execute some agents. */
class JudgesReachTest {

    private static final Optional<TenantId> TENANT = Optional.of(new TenantId("tnt_a"));

    private static Principal who(Rights rights) {
        return new Principal("usr_1", "Ann", TENANT, rights, Membership.NONE);
    }

    private static final Principal CONFINED = who(Rights.of(Set.of(Scope.POLICIES_READ))
            .and(Rights.of(Set.of(Scope.EXECUTIONS_WRITE), Reach.read(Set.of("support/*", "greet")))));

    @Test
    void whoMayExecuteSomeAgentsSpendsForOneOfThose() {
        CallScope.Subject subject = PoliciesResource.judging(CONFINED, TENANT, JsonObject.of("agent", "support/first"));
        assertThat(subject)
                .isEqualTo(new CallScope.Subject(
                        "tnt_a", Optional.empty(), Optional.of("support/first"), Optional.of("usr_1")));
        for (JsonObject values : new JsonObject[] {
            JsonObject.EMPTY,
            JsonObject.of("agent", ""),
            JsonObject.of("agent", "sales/first"),
            JsonObject.of("agent", "support"),
            JsonObject.of("agent", 3)
        }) {
            assertThatThrownBy(() -> PoliciesResource.judging(CONFINED, TENANT, values))
                    .as(values.toString())
                    .isInstanceOfSatisfying(
                            AgentOsException.class,
                            e -> assertThat(e.errorCode().code()).isEqualTo("tenancy:OUT_OF_REACH"));
        }
    }

    @Test
    void whoMayExecuteAllIsNotAskedWhichAndWhoMayNoneIsRefused() {
        assertThat(PoliciesResource.judging(
                                who(Rights.of(Set.of(Scope.POLICIES_READ, Scope.EXECUTIONS_WRITE))),
                                TENANT,
                                JsonObject.EMPTY)
                        .agent())
                .isEmpty();
        assertThatThrownBy(() ->
                        PoliciesResource.judging(who(Rights.of(Set.of(Scope.POLICIES_READ))), TENANT, JsonObject.EMPTY))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode().code()).isEqualTo("tenancy:SCOPE_MISSING"));
        assertThatThrownBy(() -> PoliciesResource.judging(CONFINED, Optional.empty(), JsonObject.EMPTY))
                .isInstanceOf(InvalidInputException.class);
    }
}
