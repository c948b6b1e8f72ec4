package dev.agentos.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;
import org.junit.jupiter.api.Test;

/** Whatever text a plugin fails with, the failure can be stored. */
class FailureTest {

    @Test
    void anyTextCanBeStoredAndShown() {
        String cut = "\uD83D\uDE00".substring(0, 1);
        Failure failure = Failure.of(new AgentOsException(
                ErrorCode.of("p", "A\u0000B", ErrorType.USER, false), "a\u0000b" + cut, "a\u001B[2Jb\nc \uD83D\uDE00"));
        assertThat(failure.message()).isEqualTo("a\uFFFDb\uFFFD");
        assertThat(failure.action()).isEqualTo("a\uFFFD[2Jb\nc \uD83D\uDE00");
        assertThat(Failure.fromJson(Json.parseObject(failure.toJson().toString())))
                .isEqualTo(failure);
    }
}
