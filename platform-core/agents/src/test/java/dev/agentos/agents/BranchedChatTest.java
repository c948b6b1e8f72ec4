package dev.agentos.agents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.execution.Execution;
import dev.agentos.execution.ExecutionState;
import dev.agentos.graph.Fork;
import dev.agentos.pluginruntime.PluginHost;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A chat that goes on in another execution, which counts its checkpoints from the beginning again. */
class BranchedChatTest extends RulesFixture {

    @BeforeAll
    void office(@TempDir Path folder) {
        plugins.done(
                plugins.service.install(PluginHost.upload(ObedientOffice.jar().writeTo(folder))));
    }

    @Test
    void whatAModelSaysAgainTakesNoEarlierMessagesPlace() {
        TenantId tenant = new TenantId(ids.next("tnt"));
        Execution first = ended(start(tenant, """
            {"id": "work", "type": "llm", "config": {"model": "obedient/it", "prompt": "Hi", "messages": "messages"}}\
            """, "{}"));
        assertThat(first.state()).as(String.valueOf(first.failure())).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(messages(first)).hasSize(1);

        Fork again = new Fork(JsonObject.EMPTY, Optional.empty(), List.of("work"));
        Execution fork = ended(executions.fork(tenant, first.id(), Optional.empty(), again, Optional.of(STARTER)));
        assertThat(messages(fork)).hasSize(2).doesNotHaveDuplicates();
        assertThat(messages(fork).items().getFirst())
                .isEqualTo(messages(first).items().getFirst());
    }

    /** What was kept is said once more, and does not take the place of what was said first. */
    @Test
    void whatACachedNodeSaysAgainIsAMessageOfItsOwn() {
        TenantId tenant = new TenantId(ids.next("tnt"));
        Execution first = ended(start(tenant, """
            {"id": "work", "type": "llm", "config": {"model": "obedient/it", "prompt": "Hi", "messages": "messages"},
             "cache": {"key": "'same'", "ttl": "PT1H"}}\
            """, "{}"));
        assertThat(first.state()).as(String.valueOf(first.failure())).isEqualTo(ExecutionState.SUCCEEDED);

        Fork again = new Fork(JsonObject.EMPTY, Optional.empty(), List.of("work"));
        Execution fork = ended(executions.fork(tenant, first.id(), Optional.empty(), again, Optional.of(STARTER)));
        assertThat(executions.events(tenant, fork.id(), 0, 100))
                .as("the model was not asked again")
                .anyMatch(event -> event.draft().data().bool("cached").orElse(false));
        JsonObject said = (JsonObject) messages(first).items().getFirst();
        assertThat(messages(fork)).hasSize(2).startsWith(said);
        JsonObject saidAgain = (JsonObject) messages(fork).items().getLast();
        assertThat(saidAgain.text("id")).isNotEqualTo(said.text("id"));
        assertThat(saidAgain.with("id", said.text("id").orElseThrow())).isEqualTo(said);
    }

    private static JsonArray messages(Execution execution) {
        return execution.output().orElseThrow().array("messages").orElseThrow();
    }
}
