package dev.agentos.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Tool;
import dev.agentos.spi.ToolResult;
import org.junit.jupiter.api.Test;

/** What every tool keeps. A test class extends it and says how the tool is made and what it takes. */
public abstract class ToolContract {

    /** The tool under test, started if it needs that. */
    protected abstract Tool tool();

    /** Arguments that the tool can serve. */
    protected abstract JsonObject goodArguments();

    /** The call that goes with the arguments; a fresh one each time. */
    protected FakeCallContext callContext() {
        return FakeCallContext.create().offering(tool());
    }

    @Test
    void describesItselfToAModel() {
        assertThat(tool().description().description()).isNotBlank();
        SchemaAssertions.assertObjectSchema(tool().description().inputSchema());
        assertThat(tool().description()).isEqualTo(tool().description());
    }

    @Test
    void servesGoodArguments() {
        ToolResult result =
                callContext().offering(tool()).tools().call(tool().description().name(), goodArguments());
        assertThat(result.failed()).as("%s", result.output()).isFalse();
    }

    @Test
    void servesSeveralThreadsAtOnce() throws Exception {
        Tool tool = tool();
        assertThat(Concurrently.call(() -> tool.call(goodArguments(), callContext())))
                .allSatisfy(result -> assertThat(result.failed()).isFalse());
    }
}
