package dev.agentos.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.SecretCipher;
import dev.agentos.redaction.RedactionMode;
import dev.agentos.redaction.RedactionTerms;
import dev.agentos.redaction.Redactions;
import dev.agentos.redaction.Redactor;
import dev.agentos.redaction.TokenStore;
import dev.agentos.tenancy.Tenants;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What tokens stand for, on a real PostgreSQL. */
class JdbiTokensIT {

    private final Database database = PostgresFixture.open();
    private final Redactions redactions = new Redactions(SecretCipher.passing(), database.tokenStore());
    private final String acme = tenant("acme");
    private final String umbrella = tenant("umbrella");

    private String tenant(String name) {
        return new Tenants(database.tenantStore(), Ids.system(), InstantSource.system())
                .create(name)
                .id()
                .value();
    }

    @AfterEach
    void close() {
        database.close();
    }

    private List<String> kept(String tenant, String text) {
        Redactor redactor = redactions
                .redactor(tenant, List.of(new RedactionTerms(List.of("email"), Map.of(), RedactionMode.TOKENISE)))
                .orElseThrow();
        assertThat(redactor.text(text)).doesNotContain("@");
        redactions.keep(tenant, redactor);
        return redactor.tokens().stream().map(Redactor.Token::token).toList();
    }

    @Test
    void keepsValuesSealedAndForTheirTenantOnly() {
        List<String> tokens = kept(acme, "ann@example.com bob@example.com");
        assertThat(kept(acme, "ann@example.com")).allMatch(tokens::contains);
        assertThat(redactions.reveal(acme, tokens).values())
                .extracting(Redactor.Token::value)
                .containsExactlyInAnyOrder("ann@example.com", "bob@example.com");
        assertThat(redactions.reveal(umbrella, tokens)).isEmpty();
        assertThat(kept(umbrella, "ann@example.com")).noneMatch(tokens::contains);
        assertThat(database.tokenStore().find(acme, tokens))
                .hasSize(2)
                .extracting(TokenStore.Kept::sealed)
                .noneMatch(value -> value.contains("example"));
    }

    @Test
    void manyKeepTheSameAtOnce() throws Exception {
        List<Callable<List<String>>> work = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            int first = i;
            work.add(() -> {
                StringBuilder text = new StringBuilder();
                for (int n = 0; n < 30; n++) {
                    text.append("n").append((first * 7 + n * 11) % 30).append("@example.com ");
                }
                return kept(acme, text.toString());
            });
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var done : threads.invokeAll(work)) {
                assertThat(redactions.reveal(acme, done.get())).hasSize(30);
            }
        }
    }
}
