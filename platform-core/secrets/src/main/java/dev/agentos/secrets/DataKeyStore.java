package dev.agentos.secrets;

import dev.agentos.secrets.DataKey.Purpose;
import dev.agentos.tenancy.TenantId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Keeps data keys, and walks along what they have encrypted. A data key cannot be removed as long as a value is kept
 * that it has encrypted, whoever tries; a value cannot be kept whose data key was removed.
 */
public interface DataKeyStore {

    /** The key that encrypts for a tenant, or for the platform. */
    Optional<DataKey> current(Optional<TenantId> tenant, Purpose purpose);

    /** The key of that id, replaced or not. */
    Optional<DataKey> find(String id);

    /**
     * Keeps a key that is to encrypt from now on.
     *
     * @param replaced the one that it replaces; empty for the first
     * @param kek what the platform's key must be encrypted with at that moment; empty when this is the platform's
     * @return false when there is another one by now, or the platform's key is encrypted with another one
     */
    boolean add(DataKey key, Optional<String> replaced, Optional<String> kek);

    /** Keeps a key encrypted anew, if it is still as it was; false otherwise. */
    boolean rewrap(DataKey key, String wrapped);

    /** Keys that are not encrypted with that one, those that are made when they are asked for included, by id. */
    List<DataKey> others(String kek, String after, int most);

    /** How many data keys are encrypted with each; those that are encrypted with none under an empty name. */
    Map<String, Long> byKek();

    /** Removes keys that were replaced longer ago and that no value needs; returns their number. */
    long removeUnused(Duration replaced, boolean dryRun);

    /** How many keys were replaced and are still there. */
    long replaced();

    /** Tenants behind that id, in order. */
    List<TenantId> tenants(String after, int most);

    /** The tenant of that id or name. */
    Optional<TenantId> tenant(String idOrName);

    /**
     * A value that is kept encrypted.
     *
     * @param kind of which kind it is, one of {@link #kinds}
     * @param item which one of the tenant's
     * @param place for which it was encrypted
     * @param sealed as it is kept
     */
    record Value(TenantId tenant, String kind, String item, String place, String sealed) {}

    /** The kinds of values. */
    List<String> kinds();

    /**
     * A tenant's values of a kind behind an item, in order.
     *
     * @param without those that this data key has encrypted are left out; empty for all
     */
    List<Value> values(TenantId tenant, String kind, Optional<String> without, String after, int most);

    /** Keeps a value encrypted anew, if it is still as it was; false otherwise. */
    boolean reseal(Value value, String sealed);

    /** How many values there are by what has encrypted them. */
    Uses uses();

    /**
     * How many values are encrypted how.
     *
     * @param current with the data key that encrypts now; about so many when there are more than some thousands
     * @param replaced with one that was replaced
     * @param direct with a key-encryption key itself, as before there were data keys, by the key
     */
    record Uses(long current, long replaced, Map<String, Long> direct) {}

    /** What authenticates the cursors of lists, the same on all servers: the key in force, then those still taken. */
    List<byte[]> cursorKeys();

    /** Puts another key in force; the one before is taken for {@link Rotations#CURSORS_TAKEN} more. */
    void replaceCursorKey();

    /** Says that a server is there and has those keys. */
    void present(String node, List<String> keks);

    /** Says that a server is not there any more. */
    void leave(String node);

    /** Which keys the servers have that were there a moment ago, by their nodes. */
    Map<String, List<String>> holders(Duration within);
}
