package dev.agentos.invocation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.pluginruntime.PluginVersion;
import dev.agentos.spi.AgentOsException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whatever a plugin throws becomes a failure that can be read. */
class PluginFailureTest {

    private static final PluginVersion PLUGIN = new PluginVersion("p", "1.0.0", "ab");

    @Test
    void whatCannotBeReadIsAFailureAllTheSame() {
        List<Throwable> all = List.of(
                new RuntimeException("odd") {
                    @Override
                    public StackTraceElement[] getStackTrace() {
                        throw new IllegalStateException();
                    }
                },
                new RuntimeException("odd") {
                    @Override
                    public StackTraceElement[] getStackTrace() {
                        return new StackTraceElement[1];
                    }
                },
                new RuntimeException("odd") {
                    @Override
                    public String getMessage() {
                        throw new AssertionError();
                    }
                },
                new AgentOsException(PluginErrorCode.FAILED, "odd", "odd") {
                    @Override
                    public StackTraceElement[] getStackTrace() {
                        throw new AssertionError();
                    }
                });
        for (Throwable thrown : all) {
            RuntimeException told = PluginFailure.of(thrown, PLUGIN, this);
            assertThat(told).isExactlyInstanceOf(AgentOsException.class);
            assertThat(((AgentOsException) told).errorCode().code()).isEqualTo("plugin:FAILED");
            assertThat(told.getMessage()).isNotBlank();
        }
    }
}
