package dev.agentos.audit;

import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;

/**
 * What a server has signed: that a chain had that hash at that record, at that time.
 *
 * @param tenant whose chain it is; empty for the platform's
 * @param sequence of the record
 * @param hash of the record, and so of all before it
 * @param at when it was signed, to the microsecond
 * @param key the public key, as X.509 SubjectPublicKeyInfo in Base64
 * @param signature Ed25519, in Base64, of the lines: {@code agentos audit checkpoint}, the chain, the sequence, the
 *     hash, the time; each ended by a line feed
 */
public record AuditCheckpoint(
        Optional<TenantId> tenant, long sequence, String hash, Instant at, String key, String signature) {

    /** What is signed. */
    static byte[] message(Optional<TenantId> tenant, long sequence, String hash, Instant at) {
        return ("agentos audit checkpoint\n" + AuditRecord.chain(tenant) + "\n" + sequence + "\n" + hash + "\n" + at
                        + "\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    /** Whether whoever has its key has signed just this. */
    boolean signed() {
        return AuditKey.signed(key, message(tenant, sequence, hash, at), signature);
    }

    /** For people and programs. */
    public JsonObject toJson() {
        return JsonObject.of(
                "chain", AuditRecord.chain(tenant),
                "sequence", sequence,
                "hash", hash,
                "at", at.toString(),
                "key", key,
                "signature", signature);
    }
}
