package dev.agentos.cli.plugins;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.JsonObject;
import org.junit.jupiter.api.Test;

class MarketplaceTest {
    @Test
    void saysPermissionsInWords() {
        assertThat(inWords("native.load ${temp}/**", "load native code from"))
                .isEqualTo("load native code from a temporary directory of its own");
        assertThat(inWords("model.invoke */*", "call the model")).isEqualTo("call the model (any)");
        assertThat(inWords("native.memory", "use memory outside the heap")).isEqualTo("use memory outside the heap");
        assertThat(inWords("net.connect api.example.com:443", "connect to"))
                .isEqualTo("connect to api.example.com:443");
    }

    private static String inWords(String permission, String phrase) {
        return Marketplace.inWords(JsonObject.of("permission", permission, "phrase", phrase));
    }
}
