package dev.agentos.audit;

import dev.agentos.spi.JsonObject;
import java.util.Optional;

/**
 * What was found when a chain was read whole.
 *
 * @param records how many there are
 * @param hash of the last one; whoever keeps it elsewhere can tell later that nothing before it was changed
 * @param checkpoints how many there are that this server has signed
 * @param others how many there are that somebody else has: another server, if it was not an intruder
 * @param fault the first thing that is wrong; empty when all is well
 */
public record AuditVerification(long records, String hash, long checkpoints, long others, Optional<Fault> fault) {

    /**
     * Something that is not as it was written.
     *
     * @param sequence of the record
     * @param what is wrong with it
     */
    public record Fault(long sequence, String what) {}

    /** For people and programs. */
    public JsonObject toJson() {
        JsonObject json = JsonObject.of(
                "sound", fault.isEmpty(),
                "records", records,
                "hash", hash,
                "checkpoints", checkpoints,
                "otherCheckpoints", others);
        return fault.map(one -> json.with("fault", JsonObject.of("sequence", one.sequence(), "what", one.what())))
                .orElse(json);
    }
}
