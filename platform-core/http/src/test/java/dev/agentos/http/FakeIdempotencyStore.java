package dev.agentos.http;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Kept answers in memory. */
final class FakeIdempotencyStore implements IdempotencyStore {

    private record Entry(String fingerprint, Optional<Answer> answer) {}

    private final Map<Key, Entry> entries = new HashMap<>();

    @Override
    public synchronized Claim begin(Key key, String fingerprint, Duration lifetime, Duration patience) {
        Entry entry = entries.get(key);
        if (entry == null) {
            entries.put(key, new Entry(fingerprint, Optional.empty()));
            return new Claim.Taken();
        }
        if (!entry.fingerprint().equals(fingerprint)) {
            return new Claim.Different();
        }
        return entry.answer().<Claim>map(Claim.Answered::new).orElseGet(Claim.Running::new);
    }

    @Override
    public synchronized void complete(Key key, Answer answer) {
        entries.computeIfPresent(key, (k, entry) -> new Entry(entry.fingerprint(), Optional.of(answer)));
    }

    @Override
    public synchronized void abandon(Key key) {
        entries.remove(key);
    }

    /** As after 24 hours. */
    synchronized void expire() {
        entries.clear();
    }
}
