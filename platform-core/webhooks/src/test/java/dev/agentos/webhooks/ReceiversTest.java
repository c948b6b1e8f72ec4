package dev.agentos.webhooks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.outbound.Names;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReceiversTest {

    private static Receivers receivers(String... named) {
        return new Receivers(
                Stream.of(named)
                        .map(target -> Permission.of(PermissionKind.NET_CONNECT, target))
                        .toList(),
                Names.SYSTEM,
                () -> (SSLSocketFactory) SSLSocketFactory.getDefault());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "hook",
                "/hook",
                "ftp://example.org/hook",
                "file:///etc/passwd",
                "https:///hook",
                "https://ann:secret@example.org/hook",
                "https://example.org/hook#part",
                "https://example.org:0/hook",
                "https://0x7f.1/hook",
                "https://0177.0.0.1/hook",
                "https://2130706433/hook",
                "https://example.org/a b",
                "http://example.org/hook",
                "https://127.0.0.1/hook",
                "https://10.1.2.3:8443/hook",
                "https://169.254.169.254/latest",
                "https://[::1]/hook",
                "https://[::ffff:127.0.0.1]/hook",
                "https://[fd00::1]/hook"
            })
    void refusesWhatIsNoPublicAddressOverHttps(String url) {
        assertThat(receivers().fault(url)).isPresent();
    }

    @Test
    void takesPublicOnesOverHttps() {
        for (String url : List.of("https://example.org", "https://example.org:8443/hook?a=b", "https://192.0.1.1/")) {
            assertThat(receivers().fault(url)).as(url).isEmpty();
        }
        assertThat(receivers().fault("https://example.org/" + "a".repeat(2_000)))
                .hasValue("has more than 2000 characters");
    }

    @Test
    void takesThoseThatTheServerNames() {
        Receivers named = receivers("10.1.0.0/16:*", "hooks.internal:8080", "127.0.0.1:9000-9010");
        for (String url : List.of(
                "https://10.1.2.3/hook",
                "http://10.1.2.3:81/hook",
                "http://hooks.internal:8080/hook",
                "http://HOOKS.internal:8080/hook",
                "http://127.0.0.1:9001/hook")) {
            assertThat(named.fault(url)).as(url).isEmpty();
        }
        for (String url : List.of(
                "https://10.2.2.3/hook",
                "http://hooks.internal/hook",
                "http://127.0.0.1:8999/hook",
                "http://example.org/hook")) {
            assertThat(named.fault(url)).as(url).isPresent();
        }
    }
}
