package dev.agentos.http;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Kept answers in memory. */
final class FakeIdempotencyStore implements IdempotencyStore {

    private record Entry(String claim, String fingerprint, Optional<Answer> answer, boolean uncertain) {}

    private final Map<Key, Entry> entries = new HashMap<>();
    private int claims;

    @Override
    public synchronized Claim begin(Key key, String fingerprint, Duration lifetime, Duration patience) {
        Entry entry = entries.get(key);
        if (entry == null) {
            String claim = "claim-" + ++claims;
            entries.put(key, new Entry(claim, fingerprint, Optional.empty(), false));
            return new Claim.Taken(claim);
        }
        if (!entry.fingerprint().equals(fingerprint)) {
            return new Claim.Different();
        }
        return entry.answer()
                .<Claim>map(Claim.Answered::new)
                .orElseGet(() -> entry.uncertain() ? new Claim.Uncertain() : new Claim.Running());
    }

    @Override
    public synchronized void complete(Key key, String claim, Answer answer) {
        change(key, claim, entry -> new Entry(claim, entry.fingerprint(), Optional.of(answer), false));
    }

    @Override
    public synchronized void doubt(Key key, String claim) {
        change(key, claim, entry -> new Entry(claim, entry.fingerprint(), Optional.empty(), true));
    }

    @Override
    public synchronized void abandon(Key key, String claim) {
        entries.computeIfPresent(key, (k, entry) -> entry.claim().equals(claim) ? null : entry);
    }

    private void change(Key key, String claim, UnaryOperator<Entry> change) {
        entries.computeIfPresent(key, (k, entry) -> entry.claim().equals(claim) ? change.apply(entry) : entry);
    }

    /** The answers that are kept. */
    synchronized List<Answer> kept() {
        return entries.values().stream()
                .flatMap(entry -> entry.answer().stream())
                .toList();
    }

    /** As after 24 hours. */
    synchronized void expire() {
        entries.clear();
    }
}
