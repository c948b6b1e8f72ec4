package dev.agentos.packresearch;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.CallContext;
import dev.agentos.spi.Embedding;
import dev.agentos.spi.EmbeddingRequest;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Embeddings of texts, kept in the tenant's state of the plugin under a digest of model and text, so that they never go
 * through channels and the same text is embedded once. They stand in so many shelves of such a size that all of them
 * fit into the state; on a shelf that is full the newest take the place of the oldest. Of two executions that fill a
 * shelf at once, one may put back less: what is not found is computed again.
 */
final class PassageEmbeddings {

    private static final int BATCH = 16;
    private static final int LOOK_UPS = 64;

    /** Together with the next at most 48 MiB; the state holds 64 MiB. */
    private static final int SHELVES = 1_024;

    private static final int LARGEST_SHELF = 48 * 1024;

    /** How the keys began when each embedding had one to itself. */
    private static final String ALONE = "embedding/";

    private static final String SHELF = "embeddings/";

    private final CallContext call;
    private final String model;

    PassageEmbeddings(CallContext call, String model) {
        this.call = call;
        this.model = model;
    }

    /** What {@link #embed} did: how many different texts there are, and how many of them were known. */
    record Count(int texts, int reused) {}

    /** Embeds the texts that are not kept yet, or all of them, and keeps them as far as there is room. */
    Count embed(List<String> texts, boolean reuse) {
        Map<String, String> byDigest = byDigest(texts);
        Set<String> known = reuse ? kept(byDigest.keySet()).keySet() : Set.of();
        int reused = known.size();
        Values.progress(call, reused, byDigest.size(), "Embedding passages");
        compute(byDigest, known, (embeddings, done) -> {
            keep(embeddings);
            Values.progress(call, reused + done, byDigest.size(), "Embedding passages");
        });
        return new Count(byDigest.size(), reused);
    }

    /** The embeddings of these texts, in order; those that are not kept any more are computed again. */
    List<Embedding> of(List<String> texts) {
        Map<String, String> byDigest = byDigest(texts);
        Map<String, Embedding> found = new LinkedHashMap<>();
        kept(byDigest.keySet()).forEach((digest, encoded) -> found.put(digest, Embedding.decode(encoded)));
        compute(byDigest, Set.copyOf(found.keySet()), (embeddings, done) -> found.putAll(embeddings));
        return texts.stream().map(text -> found.get(digest(text))).toList();
    }

    /** Embeddings that are not kept. */
    List<Embedding> computed(List<String> texts) {
        return call.models().embed(new EmbeddingRequest(model, texts)).embeddings();
    }

    /** Receives embeddings by digest, and how many have been computed by now. */
    @FunctionalInterface
    private interface Receiver {
        void receive(Map<String, Embedding> embeddings, int done);
    }

    private void compute(Map<String, String> byDigest, Set<String> known, Receiver receiver) {
        List<String> missing = byDigest.keySet().stream()
                .filter(digest -> !known.contains(digest))
                .toList();
        for (int from = 0; from < missing.size(); from += BATCH) {
            Values.checkWanted(call);
            List<String> digests = missing.subList(from, Math.min(from + BATCH, missing.size()));
            List<Embedding> embeddings =
                    computed(digests.stream().map(byDigest::get).toList());
            Map<String, Embedding> batch = new LinkedHashMap<>();
            for (int i = 0; i < digests.size(); i++) {
                batch.put(digests.get(i), embeddings.get(i));
            }
            receiver.receive(batch, from + digests.size());
        }
    }

    private Map<String, String> byDigest(List<String> texts) {
        Map<String, String> byDigest = new LinkedHashMap<>();
        texts.forEach(text -> byDigest.put(digest(text), text));
        return byDigest;
    }

    /** Those of these that are kept, encoded. */
    private Map<String, String> kept(Collection<String> digests) {
        Set<String> wanted = Set.copyOf(digests);
        Map<String, String> kept = new LinkedHashMap<>();
        List<String> shelves =
                digests.stream().map(PassageEmbeddings::shelf).distinct().toList();
        for (int from = 0; from < shelves.size(); from += LOOK_UPS) {
            shelves(shelves.subList(from, Math.min(from + LOOK_UPS, shelves.size()))).values().stream()
                    .flatMap(List::stream)
                    .filter(book -> wanted.contains(book.digest()))
                    .forEach(book -> kept.put(book.digest(), book.encoded()));
        }
        return kept;
    }

    private void keep(Map<String, Embedding> embeddings) {
        Map<String, List<Book>> shelves = shelves(
                embeddings.keySet().stream().map(PassageEmbeddings::shelf).toList());
        embeddings.forEach((digest, embedding) -> {
            List<Book> books = shelves.computeIfAbsent(shelf(digest), none -> new ArrayList<>());
            books.removeIf(book -> book.digest().equals(digest));
            books.add(new Book(digest, embedding.encoded()));
            while (books.stream().mapToInt(Book::length).sum() > LARGEST_SHELF) {
                books.removeFirst();
            }
        });
        Map<String, JsonValue> values = new TreeMap<>();
        shelves.forEach((shelf, books) -> values.put(
                shelf, new JsonArray(books.stream().map(Book::written).toList())));
        if (!fits(values)) {
            // What was kept before there were shelves takes up the room, and nothing else would ever remove it.
            call.state()
                    .remove(embeddings.keySet().stream()
                            .map(digest -> ALONE + digest)
                            .toList());
            fits(values);
        }
    }

    /** Puts them if there is room; what is not kept costs only that it is computed again. */
    private boolean fits(Map<String, JsonValue> values) {
        try {
            call.state().put(values);
            return true;
        } catch (AgentOsException e) {
            if (e.errorCode().code().equals("plugin:STATE_TOO_LARGE")) {
                return false;
            }
            throw e;
        }
    }

    /** What stands on these shelves; those that are empty are left out. */
    private Map<String, List<Book>> shelves(List<String> keys) {
        Map<String, List<Book>> shelves = new TreeMap<>();
        call.state().get(keys).forEach((key, value) -> shelves.put(key, Book.all(value)));
        return shelves;
    }

    private static String shelf(String digest) {
        return SHELF + Integer.parseInt(digest, 0, 4, 16) % SHELVES;
    }

    /** An embedding as it stands on a shelf, behind the older ones. */
    private record Book(String digest, String encoded) {

        static List<Book> all(JsonValue shelf) {
            List<Book> books = new ArrayList<>();
            if (shelf instanceof JsonArray written) {
                written.forEach(one -> of(one).ifPresent(books::add));
            }
            return books;
        }

        private static Optional<Book> of(JsonValue written) {
            if (!(written instanceof JsonString(String text))) {
                return Optional.empty();
            }
            int space = text.indexOf(' ');
            return space < 0
                    ? Optional.empty()
                    : Optional.of(new Book(text.substring(0, space), text.substring(space + 1)));
        }

        JsonValue written() {
            return new JsonString(digest + " " + encoded);
        }

        int length() {
            return digest.length() + encoded.length();
        }
    }

    private String digest(String text) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(model.getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0);
            digest.update(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
