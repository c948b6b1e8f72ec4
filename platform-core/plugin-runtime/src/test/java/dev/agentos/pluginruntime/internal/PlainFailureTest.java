package dev.agentos.pluginruntime.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.spi.AgentOsException;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What is left of an exception that came out of a plugin's start. */
class PlainFailureTest {

    @Test
    void theCausesAreToldAndNoneIsKept() {
        Exception root = new IOException("no room");
        AgentOsException thrown = new AgentOsException(
                PluginErrorCode.STORAGE_FAILED, "No folder.", "Make room.", new IllegalArgumentException("odd", root));
        RuntimeException plain = PlainFailure.of("start", thrown);
        assertThat(plain).isNotSameAs(thrown).hasMessage("No folder.");
        assertThat(plain.getStackTrace()).isEqualTo(thrown.getStackTrace());
        assertThat(plain)
                .cause()
                .hasMessage("java.lang.IllegalArgumentException: odd")
                .cause()
                .hasMessage("java.io.IOException: no room")
                .isNotSameAs(root)
                .hasNoCause();
    }

    @Test
    void endlessCausesEnd() {
        class Endless extends IllegalStateException {
            @Override
            public synchronized Throwable getCause() {
                return new Endless();
            }
        }
        RuntimeException plain =
                PlainFailure.of("start", new AgentOsException(PluginErrorCode.STORAGE_FAILED, "m", "a", new Endless()));
        int causes = 0;
        for (Throwable cause = plain.getCause(); cause != null; cause = cause.getCause()) {
            assertThat(cause).isExactlyInstanceOf(IllegalStateException.class);
            causes++;
        }
        assertThat(causes).isEqualTo(8);
    }
}
