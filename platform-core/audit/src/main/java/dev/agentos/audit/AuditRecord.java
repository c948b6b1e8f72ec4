package dev.agentos.audit;

import dev.agentos.kernel.Digests;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.TenantId;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * An entry in its place in a chain.
 *
 * @param tenant whose chain it is; empty for the platform's
 * @param sequence its number there, from 1
 * @param text the entry as it was hashed
 * @param previous the hash of the record before; of nothing but zeros for the first
 * @param hash SHA-256, in hexadecimal, of the lines: the chain (the tenant's id, or {@code platform}), the sequence,
 *     previous, text; each ended by a line feed
 */
public record AuditRecord(Optional<TenantId> tenant, long sequence, String text, String previous, String hash) {

    /** What stands before the first record. */
    public static final String NOTHING = "0".repeat(64);

    /** The record of an entry behind another one. */
    public static AuditRecord of(AuditEntry entry, long sequence, String previous) {
        String text = Json.write(entry.toJson());
        return new AuditRecord(
                entry.tenant(), sequence, text, previous, hash(entry.tenant(), sequence, previous, text));
    }

    private static String hash(Optional<TenantId> tenant, long sequence, String previous, String text) {
        String whole = chain(tenant) + "\n" + sequence + "\n" + previous + "\n" + text + "\n";
        return Digests.sha256(whole.getBytes(StandardCharsets.UTF_8));
    }

    /** The name of a chain. */
    public static String chain(Optional<TenantId> tenant) {
        return tenant.map(TenantId::value).orElse("platform");
    }

    /** Whether its hash is that of what it says. */
    boolean sound() {
        return hash.equals(hash(tenant, sequence, previous, text));
    }

    /** What it says. */
    public AuditEntry entry() {
        return AuditEntry.of(tenant, text);
    }

    /** With its place and hashes, for people and programs. */
    public JsonObject toJson() {
        return JsonObject.of("chain", chain(tenant), "sequence", sequence)
                .overlaidBy(entry().toJson())
                .with("previous", previous)
                .with("hash", hash);
    }
}
