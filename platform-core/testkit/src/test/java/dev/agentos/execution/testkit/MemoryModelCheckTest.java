package dev.agentos.execution.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.execution.ExecutionStore;
import dev.agentos.graph.GraphReference;
import dev.agentos.tenancy.TenantId;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MemoryModelCheckTest {

    private static final int SEQUENCES = 2_000;
    private static final int LENGTH = 50;
    private static final int MOST_TRIES = 2_000;

    @Test
    void theStoreInMemoryDoesWhatTheModelSays() {
        long seed = ModelCheck.seed();
        System.out.println("model check in memory: seed=" + seed + " sequences=" + SEQUENCES + " operations=" + LENGTH);
        Set<String> changes = new ModelCheck(new MemoryStores(), MOST_TRIES).run(seed, SEQUENCES, LENGTH);
        assertThat(Transition.mermaid().lines().skip(1).map(line -> line.strip().replaceFirst(":.*", "")))
                .filteredOn(line -> !line.endsWith("[*]"))
                .as("all that the table knows was tried")
                .isSubsetOf(changes);
    }

    @Test
    void findsAStoreThatForgetsItsFencingAndShowsAShortStory() {
        Stores broken = new Broken(new MemoryStores());
        assertThatThrownBy(() -> new ModelCheck(broken, MOST_TRIES).run(1, SEQUENCES, LENGTH))
                .isInstanceOf(AssertionError.class)
                .satisfies(e -> assertThat(String.valueOf(e.getMessage()))
                        .contains("HandBack")
                        .contains("lost"))
                .satisfies(
                        e -> assertThat(String.valueOf(e.getMessage()).lines().count())
                                .isLessThan(20));
    }

    /** Stores in which whoever had an execution last month may still hand it back. */
    private record Broken(Stores sound) implements Stores {
        @Override
        public ExecutionStore empty() {
            ExecutionStore store = sound.empty();
            return (ExecutionStore) Proxy.newProxyInstance(
                    Broken.class.getClassLoader(),
                    new Class<?>[] {ExecutionStore.class},
                    (proxy, method, arguments) -> {
                        try {
                            return method.invoke(store, arguments);
                        } catch (InvocationTargetException e) {
                            if (method.getName().equals("handBack")) {
                                return null;
                            }
                            throw e.getCause();
                        }
                    });
        }

        @Override
        public TenantId newTenant() {
            return sound.newTenant();
        }

        @Override
        public GraphReference graphOf(TenantId owner) {
            return sound.graphOf(owner);
        }

        @Override
        public Instant now() {
            return sound.now();
        }

        @Override
        public void pass(Duration time) {
            sound.pass(time);
        }
    }

    @Test
    void theDocumentedDiagramsAreTheTables() throws IOException {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.exists(root.resolve("docs/explanation/executions.md"))) {
            root = Objects.requireNonNull(root.getParent(), "the test runs outside the project");
        }
        String page = Files.readString(root.resolve("docs/explanation/executions.md"));
        for (String diagram : List.of(Transition.mermaid(), LeaseTransition.mermaid())) {
            assertThat(page).contains("```mermaid\n" + diagram + "```");
        }
    }
}
