package dev.agentos.retention;

import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.tenancy.TenantId;
import java.time.Instant;
import java.util.Optional;

/** Keeps exports and their files, so that every server of a cluster can hand them out. */
public interface ExportStore {

    /** Adds one that is being made; false when the tenant has that many already. */
    boolean insert(Export export, int most);

    /** Adds the next part of its file. */
    void append(Export export, int part, byte[] bytes);

    /** Ends it, with what it came to; nothing once it was removed. */
    void finish(Export export, Export.State state, Export.Made made);

    /** That of a tenant. */
    Optional<Export> find(TenantId tenant, String id);

    /** Those of a tenant, newest first; a cursor is an id. */
    Page<Export> list(TenantId tenant, PageRequest request);

    /** A part of its file, from 0; empty behind the last. */
    Optional<byte[]> part(TenantId tenant, String id, int part);

    /** Removes one with its file; false when there is none. */
    boolean delete(TenantId tenant, String id);

    /** Removes those that have expired, of any tenant; says how many. */
    int expire(Instant now);
}
