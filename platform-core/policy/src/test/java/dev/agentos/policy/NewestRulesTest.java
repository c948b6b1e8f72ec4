package dev.agentos.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.kernel.Json;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Rules that hold when they were set, whoever looks for those of others meanwhile. */
@Timeout(60)
class NewestRulesTest {

    private static final Optional<TenantId> TENANT = Optional.of(new TenantId("tnt_a"));

    private final SlowStore store = new SlowStore();
    private final Policies policies = new Policies(store, InstantSource.system());

    private static PolicyQuestion question() {
        return new PolicyQuestion(PolicyPoint.TOOL, TENANT, Map.of("tool", "mail.send"), () -> JsonObject.EMPTY);
    }

    private void forbid() {
        policies.put(
                TENANT,
                "p",
                PolicyDocument.read(Json.parseObject(
                        "{\"rules\": [{\"id\": \"no\", \"point\": \"tool\", \"effect\": \"DENY\", \"reason\":"
                                + " \"no\"}]}")),
                0,
                new Policies.Author("key_1", Optional.empty()),
                false);
    }

    @Test
    void whoLookedBeforeDoesNotPutThemBack() throws InterruptedException {
        assertThat(policies.decide(question()).effect()).isEqualTo(RuleEffect.ALLOW);
        Thread follower = new Thread(policies::refresh, SlowStore.SLOW);
        follower.start();
        store.looked.await();
        Thread setter = new Thread(this::forbid);
        setter.start();
        while (setter.getState() != Thread.State.BLOCKED && setter.getState() != Thread.State.TERMINATED) {
            Thread.onSpinWait();
        }
        store.goOn.countDown();
        follower.join();
        setter.join();
        assertThat(policies.decide(question()).effect()).isEqualTo(RuleEffect.DENY);
    }

    /** Keeps policies in memory; a thread of a certain name is told the number late. */
    private static final class SlowStore implements PolicyStore {

        static final String SLOW = "slow";

        final CountDownLatch looked = new CountDownLatch(1);
        final CountDownLatch goOn = new CountDownLatch(1);
        private final PolicyStore kept = new MemoryPolicyStore();

        @Override
        public long generation() {
            long current = kept.generation();
            if (Thread.currentThread().getName().equals(SLOW)) {
                looked.countDown();
                try {
                    goOn.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
            return current;
        }

        @Override
        public List<Policy> inForce(Optional<TenantId> tenant) {
            return kept.inForce(tenant);
        }

        @Override
        public List<Policy> list(Optional<TenantId> owner) {
            return kept.list(owner);
        }

        @Override
        public Optional<Policy> find(Optional<TenantId> owner, String name) {
            return kept.find(owner, name);
        }

        @Override
        public Optional<Policy> find(Optional<TenantId> owner, String name, int version) {
            return kept.find(owner, name, version);
        }

        @Override
        public Page<Policy> versions(Optional<TenantId> owner, String name, PageRequest request) {
            return kept.versions(owner, name, request);
        }

        @Override
        public boolean add(Policy version) {
            return kept.add(version);
        }
    }
}
