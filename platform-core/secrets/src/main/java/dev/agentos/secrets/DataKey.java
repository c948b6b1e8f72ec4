package dev.agentos.secrets;

import dev.agentos.kernel.SecretCipher;
import dev.agentos.tenancy.TenantId;
import java.util.Optional;

/**
 * A key that encrypts for one tenant, as it is kept.
 *
 * @param id {@code dky_…}
 * @param tenant whose it is; empty for the platform's
 * @param purpose what it is for
 * @param wrapped encrypted with a key-encryption key; empty for one that is made from the oldest of those when it is
 *     asked for
 * @param current whether it encrypts; one that was replaced decrypts only
 */
public record DataKey(
        String id, Optional<TenantId> tenant, Purpose purpose, Optional<String> wrapped, boolean current) {

    /** What keys are for. */
    public enum Purpose {
        /** Encrypts values. */
        SEAL,
        /** Makes the names that stand for values. */
        NAME
    }

    /** Where it is kept: encrypted for that place, it opens in no other row. */
    static String place(Optional<TenantId> tenant, String id, Purpose purpose) {
        return "data key\n" + tenant.map(TenantId::value).orElse("platform") + "\n" + id + "\n" + purpose;
    }

    String place() {
        return place(tenant, id, purpose);
    }

    /** The key-encryption key that it is encrypted with. */
    Optional<String> kek() {
        return wrapped.flatMap(SecretCipher::keyOf);
    }
}
