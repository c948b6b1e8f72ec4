package dev.agentos.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.Json;
import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Rules at points that are never asked where they are written. */
class AskedPointsTest {

    private static final Optional<TenantId> TENANT = Optional.of(new TenantId("tnt_a"));
    private static final Optional<TenantId> PLATFORM = Optional.empty();
    private static final Policies.Author AUTHOR = new Policies.Author("key_1", Optional.of("why not"));
    private static final Instant NOW = Instant.parse("2026-03-04T22:30:00Z");

    private final Policies policies = new Policies(new MemoryPolicyStore(), InstantSource.fixed(NOW));

    @Test
    void aRuleThatNobodyWouldAskIsRefused() {
        PolicyDocument published = PolicyDocument.read(Json.parseObject("""
            {"defaults": {"publish": "DENY", "tool": "DENY"}, "rules": [
              {"id": "mail", "point": "tool", "effect": "ALLOW", "reason": "fine"},
              {"id": "look", "point": "publish", "effect": "DENY", "reason": "no"}]}\
            """));
        for (Optional<TenantId> owner : List.of(PLATFORM, TENANT)) {
            for (boolean dryRun : new boolean[] {true, false}) {
                assertThatThrownBy(() -> policies.put(owner, "release", published, 0, AUTHOR, dryRun))
                        .isInstanceOfSatisfying(InvalidInputException.class, e -> {
                            assertThat(e.errorCode()).isEqualTo(PolicyErrorCode.INVALID_POLICY);
                            assertThat(e.faults())
                                    .extracting(Fault::pointer)
                                    .containsExactly("/rules/1/point", "/defaults/publish");
                            assertThat(e.getMessage()).contains("'look'", "'publish'", "only a registry");
                            assertThat(e.action()).contains("--policy FILE");
                        });
            }
            assertThat(policies.list(owner)).isEmpty();
        }
        Policies registry = Policies.ofRegistry(new MemoryPolicyStore(), InstantSource.fixed(NOW));
        assertThatThrownBy(() -> registry.put(PLATFORM, "registry", published, 0, AUTHOR, false))
                .isInstanceOfSatisfying(
                        InvalidInputException.class,
                        e -> assertThat(e.faults())
                                .extracting(Fault::pointer)
                                .containsExactly("/rules/0/point", "/defaults/tool"));
        assertThat(registry.put(
                                PLATFORM,
                                "registry",
                                PolicyDocument.read(Json.parseObject(
                                        "{\"defaults\": {\"publish\": \"DENY\"}," + " \"rules\": []}")),
                                0,
                                AUTHOR,
                                false)
                        .version())
                .isEqualTo(1);
    }

    @Test
    void whatAnEarlierServerTookIsReadAndNotWrittenAnew() {
        PolicyStore store = new MemoryPolicyStore();
        PolicyDocument published = PoliciesTest.rules(
                "{\"id\": \"look\", \"point\": \"publish\", \"effect\": \"DENY\"," + " \"reason\": \"no\"}");
        store.add(new Policy(
                TENANT, "old", 1, Optional.of(published), new Policy.Change(NOW, AUTHOR.principal(), AUTHOR.note())));
        Policies later = new Policies(store, InstantSource.fixed(NOW));
        assertThat(later.require(TENANT, "old").document()).contains(published);
        later.put(
                TENANT,
                "old",
                PoliciesTest.rules("{\"id\": \"no\", \"point\": \"tool\", \"effect\": \"DENY\", \"reason\": \"no\"}"),
                1,
                AUTHOR,
                false);
        assertThatThrownBy(() -> later.rollback(TENANT, "old", 1, AUTHOR)).isInstanceOf(InvalidInputException.class);
        assertThat(later.candidate(TENANT, "old", published, AUTHOR).document())
                .as("it can be tried")
                .contains(published);
        later.delete(TENANT, "old", 2, AUTHOR);
    }
}
