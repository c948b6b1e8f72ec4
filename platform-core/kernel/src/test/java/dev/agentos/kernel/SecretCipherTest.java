package dev.agentos.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.spi.AgentOsException;
import java.security.SecureRandom;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class SecretCipherTest {

    private static final SecureRandom RANDOM = new SecureRandom();

    private static String key() {
        byte[] key = new byte[32];
        RANDOM.nextBytes(key);
        return Base64.getEncoder().encodeToString(key);
    }

    @Test
    void derivesAKeyForEachPurposeThatStaysWhenAKeyIsPutInFront() {
        String old = key();
        byte[] derived = SecretCipher.of(old, RANDOM).derived("one");
        assertThat(derived).hasSize(32).isNotEqualTo(Base64.getDecoder().decode(old));
        assertThat(SecretCipher.of(key() + "," + old, RANDOM).derived("one")).isEqualTo(derived);
        assertThat(SecretCipher.of(old, RANDOM).derived("two")).isNotEqualTo(derived);
        assertThat(SecretCipher.of(key(), RANDOM).derived("one")).isNotEqualTo(derived);
    }

    @Test
    void opensWhatItSealedForThatPlaceOnly() {
        SecretCipher cipher = SecretCipher.of(key(), RANDOM);
        String sealed = cipher.seal("sk-ünïcode", "tnt_1/p/KEY");
        assertThat(sealed).doesNotContain("sk-").isNotEqualTo(cipher.seal("sk-ünïcode", "tnt_1/p/KEY"));
        assertThat(cipher.open(sealed, "tnt_1/p/KEY")).isEqualTo("sk-ünïcode");
        assertUnreadable(cipher, sealed, "tnt_2/p/KEY");
        assertUnreadable(cipher, sealed.substring(0, sealed.length() - 6) + "AAAA==", "tnt_1/p/KEY");
        assertUnreadable(cipher, "2" + sealed.substring(1), "tnt_1/p/KEY");
        assertUnreadable(cipher, "nonsense", "tnt_1/p/KEY");
        assertUnreadable(SecretCipher.of(key(), RANDOM), sealed, "tnt_1/p/KEY");
    }

    private static void assertUnreadable(SecretCipher cipher, String sealed, String place) {
        assertThatThrownBy(() -> cipher.open(sealed, place))
                .isInstanceOf(AgentOsException.class)
                .hasMessageStartingWith("A secret cannot be read");
    }

    @Test
    void encryptsWithTheFirstKeyAndDecryptsWithAll() {
        String old = key();
        String fresh = key();
        String sealed = SecretCipher.of(old, RANDOM).seal("text", "place");
        SecretCipher both = SecretCipher.of(fresh + "\n" + old, RANDOM);
        assertThat(both.open(sealed, "place")).isEqualTo("text");
        assertThat(SecretCipher.of(fresh, RANDOM).open(both.seal("text", "place"), "place"))
                .isEqualTo("text");
        assertThatThrownBy(() -> SecretCipher.of("c2hvcnQ=", RANDOM)).hasMessageContaining("32 bytes");
        assertThatThrownBy(() -> SecretCipher.of(" ", RANDOM)).hasMessageContaining("32 bytes");
    }
}
