package dev.agentos.audit;

import dev.agentos.audit.AuditStore.Head;
import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/**
 * Signs the ends of chains with a key that is not in the database: whoever can change all of that cannot make a
 * checkpoint of a chain that he has made anew.
 */
public final class AuditCheckpoints {

    private static final int AT_ONCE = 100;

    private final AuditStore store;
    private final AuditKey key;
    private final InstantSource clock;

    /** Checkpoints of the chains in that store. */
    public AuditCheckpoints(AuditStore store, AuditKey key, InstantSource clock) {
        this.store = store;
        this.key = key;
        this.clock = clock;
    }

    /** Signs a chain as it is now; of a chain without records, that it has none. */
    public AuditCheckpoint make(Optional<TenantId> tenant) {
        Head head = store.head(tenant).orElse(new Head(0, AuditRecord.NOTHING));
        Instant at = clock.instant().truncatedTo(ChronoUnit.MICROS);
        return store.keep(new AuditCheckpoint(
                tenant,
                head.sequence(),
                head.hash(),
                at,
                key.publicKey(),
                key.sign(AuditCheckpoint.message(tenant, head.sequence(), head.hash(), at))));
    }

    /** Signs each chain that has grown and has no checkpoint made since that time; returns how many. */
    public int makeDue(Instant since) {
        List<Optional<TenantId>> due = store.due(since, AT_ONCE);
        due.forEach(this::make);
        return due.size();
    }

    /** Checkpoints of records before that number, the newest record's first. */
    public List<AuditCheckpoint> list(Optional<TenantId> tenant, long before, int most) {
        return store.checkpoints(tenant, before, most);
    }

    /** The public key of this server. */
    public String publicKey() {
        return key.publicKey();
    }
}
