package dev.agentos.packresearch;

import dev.agentos.spi.AgentPack;
import dev.agentos.testkit.AgentPackContract;

class ResearchPackTest extends AgentPackContract {

    @Override
    protected AgentPack pack() {
        return new ResearchPack();
    }
}
