package examples.triage;

import dev.agentos.spi.AgentPack;
import dev.agentos.testkit.AgentPackContract;

/** What every pack keeps. */
class TriagePackTest extends AgentPackContract {

    @Override
    protected AgentPack pack() {
        return new TriagePack();
    }
}
