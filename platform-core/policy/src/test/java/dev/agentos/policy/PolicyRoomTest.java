package dev.agentos.policy;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.Json;
import dev.agentos.tenancy.TenantId;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What policies may come to, since each decision needs all of them. */
class PolicyRoomTest {

    private static final Optional<TenantId> TENANT = Optional.of(new TenantId("tnt_a"));
    private static final Optional<TenantId> OTHER = Optional.of(new TenantId("tnt_b"));
    private static final Policies.Author AUTHOR = new Policies.Author("key_1", Optional.empty());

    private final Policies policies = new Policies(new MemoryPolicyStore(), InstantSource.system());
    private final PolicyDocument most = large(900_000);

    private void put(Optional<TenantId> owner, String name) {
        long seen = policies.find(owner, name).map(Policy::version).orElse(0);
        policies.put(owner, name, most, seen, AUTHOR, false);
    }

    private static PolicyDocument large(int characters) {
        List<String> rules = new ArrayList<>();
        String when = ", \"when\": \"tool.name != '" + "x".repeat(4_000) + "'\"";
        for (int i = 0; i * 4_100 < characters; i++) {
            rules.add("{\"id\": \"r" + i + "\", \"point\": \"tool\", \"effect\": \"ALLOW\", \"reason\": \"because\""
                    + when + "}");
        }
        return PolicyDocument.read(Json.parseObject("{\"rules\": [" + String.join(",", rules) + "]}"));
    }

    @Test
    void policiesHaveRoomForSoMuchAndNoMore() {
        assertThatThrownBy(() -> policies.put(TENANT, "one", large(1_010_000), 0, AUTHOR, true))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("at most 1000000 characters");
        List.of("a", "b", "c", "d").forEach(name -> put(TENANT, name));
        assertThatThrownBy(() -> put(TENANT, "e"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("more than 4000000 characters together");
        put(TENANT, "d");
        put(OTHER, "e");
        policies.delete(TENANT, "d", 2, AUTHOR);
        put(TENANT, "e");
        assertThatThrownBy(() -> policies.rollback(TENANT, "d", 1, AUTHOR))
                .as("nor by going back")
                .isInstanceOf(InvalidInputException.class);
    }
}
