package dev.agentos.webhooks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;

class SigningSecretTest {

    /** What the libraries of Standard Webhooks are tested with. */
    private static final SigningSecret PUBLISHED = SigningSecret.of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

    private static final String ID = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private static final Instant AT = Instant.ofEpochSecond(1_614_265_330);
    private static final byte[] BODY = "{\"test\": 2432232314}".getBytes(StandardCharsets.UTF_8);
    private static final String SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    @Test
    void signsAsStandardWebhooksHasIt() {
        assertThat(SigningSecret.signatures(List.of(PUBLISHED), ID, AT, BODY)).isEqualTo(SIGNATURE);
        // Whole seconds are signed, as they are sent.
        assertThat(SigningSecret.signatures(List.of(PUBLISHED), ID, AT.plusMillis(999), BODY))
                .isEqualTo(SIGNATURE);
    }

    @Test
    void signsWithEachSecretThatSigns() {
        SigningSecret fresh = SigningSecret.fresh(new SecureRandom());
        String both = SigningSecret.signatures(List.of(fresh, PUBLISHED), ID, AT, BODY);
        assertThat(both.split(" ")).hasSize(2).endsWith(SIGNATURE).doesNotHaveDuplicates();
        assertThat(SigningSecret.signatures(List.of(SigningSecret.of(fresh.written())), ID, AT, BODY))
                .isEqualTo(both.split(" ")[0]);
    }

    @Test
    void aFreshOneHas256BitsAndIsNoOther() {
        String one = SigningSecret.fresh(new SecureRandom()).written();
        assertThat(one).startsWith("whsec_");
        assertThat(Base64.getDecoder().decode(one.substring(6))).hasSize(32);
        assertThat(SigningSecret.fresh(new SecureRandom()).written()).isNotEqualTo(one);
        assertThatThrownBy(() -> SigningSecret.of("MfKQ9r8G")).hasMessageContaining("whsec_");
    }
}
