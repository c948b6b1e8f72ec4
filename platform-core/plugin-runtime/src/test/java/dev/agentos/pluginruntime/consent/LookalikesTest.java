package dev.agentos.pluginruntime.consent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LookalikesTest {

    @ParameterizedTest
    @CsvSource({
        "hello-tool, hellotool",
        "hello-tool, hello-t00l",
        "hello-tool, he11o-tool",
        "hello-tool, heiio-tool",
        "modern-tool, modem-tool",
        "hello-tool, hello-tools",
        "hello-tool, ello-tool",
        "hello-tool, hallo-tool",
        "hello-tool, hello-toool",
        "weather, weahter"
    })
    void findsWhatLooksAlike(String id, String other) {
        assertThat(Lookalikes.of(id, List.of(other, "unlike"))).containsExactly(other);
        assertThat(Lookalikes.of(other, List.of(id, "unlike"))).containsExactly(id);
    }

    @ParameterizedTest
    @CsvSource({"hello-tool, hello-tool", "hello-tool, hello-pack", "mail, mall-x", "http, https", "weather, ewahter"})
    void leavesAloneWhatDoesNot(String id, String other) {
        assertThat(Lookalikes.of(id, List.of(other))).isEmpty();
    }
}
