package dev.agentos.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordsTest {

    private final Passwords passwords = new Passwords(new SecureRandom());

    @Test
    void readsWhatTheReferenceImplementationWrites() {
        Optional<String> known =
                Optional.of("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc");
        assertThat(passwords.matches("password", known)).isTrue();
        assertThat(passwords.matches("Password", known)).isFalse();
    }

    @Test
    void aHashIsOfItsPasswordAloneAndNeverTheSameTwice() {
        String hash = passwords.hash("correct horse battery");
        assertThat(hash).startsWith("$argon2id$v=19$m=19456,t=2,p=1$").doesNotContain("horse");
        assertThat(passwords.hash("correct horse battery")).isNotEqualTo(hash);
        assertThat(passwords.matches("correct horse battery", Optional.of(hash)))
                .isTrue();
        assertThat(passwords.matches("correct horse batterz", Optional.of(hash)))
                .isFalse();
        assertThat(passwords.matches("", Optional.of(hash))).isFalse();
    }

    @Test
    void withoutAHashNothingMatches() {
        assertThat(passwords.matches("correct horse battery", Optional.empty())).isFalse();
    }

    @Test
    void whatLooksTheSameIsTheSame() {
        String hash = passwords.hash("caf\u00e9 caf\u00e9 caf\u00e9");
        assertThat(passwords.matches("cafe\u0301 cafe\u0301 cafe\u0301", Optional.of(hash)))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "short", "elevenchars", "aaaaaaaaaaaaaaaa", "abababababababab", "ada.lovelace@example.org"})
    void poorPasswordsAreRefused(String password) {
        assertThatThrownBy(() -> Passwords.requireGood(password, "ada.lovelace@example.org"))
                .hasMessageContaining("password");
    }

    @Test
    void goodOnesPass() {
        Passwords.requireGood("twelve chars", "a@b");
        Passwords.requireGood("x1y2z".repeat(51), "a@b");
        assertThatThrownBy(() -> Passwords.requireGood("x1y2z".repeat(52), "a@b"))
                .hasMessageContaining("256");
    }
}
