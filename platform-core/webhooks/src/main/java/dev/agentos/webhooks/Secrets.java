package dev.agentos.webhooks;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.Sealing;
import dev.agentos.spi.AgentOsException;
import dev.agentos.tenancy.TenantId;
import dev.agentos.webhooks.WebhookStore.Secret;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The secrets that sign what receivers of a tenant are told; the first is made when it is needed. */
public final class Secrets {

    /** How long a secret that was replaced still signs, so that receivers have the time to learn the new one. */
    public static final Duration OVERLAP = Duration.ofHours(24);

    /** How many sign at most, however often somebody makes a new one. */
    private static final int MOST = 5;

    private static final int TRIES = 5;

    private final WebhookStore store;
    private final Sealing sealing;
    private final Ids ids;
    private final SecureRandom random = new SecureRandom();

    Secrets(WebhookStore store, Sealing sealing, Ids ids) {
        this.store = store;
        this.sealing = sealing;
        this.ids = ids;
    }

    /** What is known of the secrets that sign now, the newest first. */
    public List<Secret> list(TenantId tenant) {
        return store.secrets(tenant, MOST);
    }

    /** Makes a new secret, which signs from now on, and shows it this once. */
    public String rotate(TenantId tenant) {
        for (int tries = 0; tries < TRIES; tries++) {
            Optional<String> made =
                    make(tenant, list(tenant).stream().findFirst().map(Secret::id));
            if (made.isPresent()) {
                return made.get();
            }
        }
        throw new AgentOsException(
                KernelErrorCode.CONFLICT,
                "The secret is being replaced again and again.",
                "Try again when nobody else replaces it.");
    }

    /** Those that sign, at least one. */
    List<SigningSecret> signing(TenantId tenant) {
        List<Secret> known = list(tenant);
        if (known.isEmpty()) {
            make(tenant, Optional.empty());
            known = list(tenant);
        }
        return known.stream()
                .map(one -> SigningSecret.of(sealing.open(place(tenant, one.id()), one.sealed())))
                .toList();
    }

    private Optional<String> make(TenantId tenant, Optional<String> replaced) {
        String id = ids.next("whs");
        String written = SigningSecret.fresh(random).written();
        return store.add(tenant, id, sealing.seal(place(tenant, id), written), replaced, OVERLAP)
                ? Optional.of(written)
                : Optional.empty();
    }

    private static Sealing.TenantOwned place(TenantId tenant, String id) {
        return new Sealing.TenantOwned(tenant.value(), "webhooks/" + tenant.value() + "/" + id);
    }
}
