package dev.agentos.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class SecretPropertiesTest {

    @Test
    void theCommandLineAndWhatIsCalledASecretAreHidden() {
        Properties all = new Properties();
        all.putAll(Map.of("sun.java.command", "x", "javax.net.ssl.keyStorePassword", "x", "my.API-Key", "x"));
        all.put("java.version", "25");
        assertThat(SecretProperties.without(all)).containsOnlyKeys("java.version");
        assertThat(SecretProperties.contains(null)).isFalse();
    }
}
