package dev.agentos.policy;

import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.tenancy.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Keeps the evidence of checks; nothing changes it. */
public interface GateRecordStore {

    /** Keeps one. */
    void add(TenantId tenant, GateRecord record);

    /** Those of an execution, the newest first; empty for one that the tenant has not. */
    Page<GateRecord> list(TenantId tenant, String execution, PageRequest request);

    /** Keeps them in memory, for a runtime without a database. */
    static GateRecordStore inMemory() {
        return new GateRecordStore() {
            private final Map<TenantId, List<GateRecord>> kept = new ConcurrentHashMap<>();

            @Override
            public synchronized void add(TenantId tenant, GateRecord record) {
                kept.computeIfAbsent(tenant, any -> new ArrayList<>()).add(record);
            }

            @Override
            public synchronized Page<GateRecord> list(TenantId tenant, String execution, PageRequest request) {
                List<GateRecord> found = kept.getOrDefault(tenant, List.of()).reversed().stream()
                        .filter(record -> record.execution().equals(execution))
                        .filter(record -> request.cursor()
                                .filter(cursor -> cursor.compareTo(record.id()) <= 0)
                                .isEmpty())
                        .limit(request.limit() + 1L)
                        .toList();
                return Page.of(found, request.limit(), GateRecord::id);
            }
        };
    }
}
