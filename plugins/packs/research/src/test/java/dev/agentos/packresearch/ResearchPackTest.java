package dev.agentos.packresearch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.AgentPack;
import dev.agentos.spi.JsonObject;
import dev.agentos.testkit.AgentPackContract;
import org.junit.jupiter.api.Test;

class ResearchPackTest extends AgentPackContract {

    @Override
    protected AgentPack pack() {
        return new ResearchPack();
    }

    @Test
    void namesEachSettingForPeople() {
        JsonObject settings = pack().configurationSchema().object("properties").orElseThrow();
        assertThat(settings.members()).isNotEmpty().allSatisfy((name, schema) -> {
            JsonObject setting = (JsonObject) schema;
            assertThat(setting.text("title")).as("title of %s", name).isPresent();
            assertThat(setting.text("description"))
                    .as("description of %s", name)
                    .isPresent();
        });
    }
}
