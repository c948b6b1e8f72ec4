package dev.agentos.packresearch;

import dev.agentos.spi.CallContext;
import dev.agentos.spi.Embedding;
import dev.agentos.spi.EmbeddingRequest;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Embeddings of texts, kept in the tenant's state of the plugin under a digest of model and text, so that they never go
 * through channels and the same text is embedded once.
 */
final class PassageEmbeddings {

    private static final int BATCH = 16;
    private static final int LOOK_UPS = 256;

    private final CallContext call;
    private final String model;

    PassageEmbeddings(CallContext call, String model) {
        this.call = call;
        this.model = model;
    }

    /** What {@link #embed} did: how many different texts there are, and how many of them were known. */
    record Count(int texts, int reused) {}

    /** Embeds the texts that are not kept yet, or all of them, and keeps them. */
    Count embed(List<String> texts, boolean reuse) {
        Map<String, String> byKey = new LinkedHashMap<>();
        texts.forEach(text -> byKey.put(key(text), text));
        Set<String> known = reuse ? known(byKey.keySet()) : Set.of();
        List<String> missing =
                byKey.keySet().stream().filter(key -> !known.contains(key)).toList();
        int done = known.size();
        Values.progress(call, done, byKey.size(), "Embedding passages");
        for (int from = 0; from < missing.size(); from += BATCH) {
            Values.checkWanted(call);
            List<String> keys = missing.subList(from, Math.min(from + BATCH, missing.size()));
            keep(keys, computed(keys.stream().map(byKey::get).toList()));
            done += keys.size();
            Values.progress(call, done, byKey.size(), "Embedding passages");
        }
        return new Count(byKey.size(), known.size());
    }

    /** The kept embeddings of these texts, in order; one that has been removed meanwhile is computed again. */
    List<Embedding> of(List<String> texts) {
        Map<String, Embedding> found = new LinkedHashMap<>();
        List<String> keys = texts.stream().map(this::key).toList();
        for (int from = 0; from < keys.size(); from += LOOK_UPS) {
            call.state()
                    .get(keys.subList(from, Math.min(from + LOOK_UPS, keys.size())))
                    .forEach((key, value) -> {
                        if (value instanceof JsonString(String encoded)) {
                            found.put(key, Embedding.decode(encoded));
                        }
                    });
        }
        List<Embedding> embeddings = new ArrayList<>(texts.size());
        for (int i = 0; i < texts.size(); i++) {
            Embedding kept = found.get(keys.get(i));
            embeddings.add(kept == null ? computed(List.of(texts.get(i))).getFirst() : kept);
        }
        return embeddings;
    }

    /** Embeddings that are not kept. */
    List<Embedding> computed(List<String> texts) {
        return call.models().embed(new EmbeddingRequest(model, texts)).embeddings();
    }

    private void keep(List<String> keys, List<Embedding> embeddings) {
        Map<String, JsonValue> values = new LinkedHashMap<>();
        for (int i = 0; i < keys.size(); i++) {
            values.put(keys.get(i), new JsonString(embeddings.get(i).encoded()));
        }
        call.state().put(values);
    }

    private Set<String> known(Set<String> keys) {
        List<String> all = List.copyOf(keys);
        Set<String> known = new LinkedHashSet<>();
        for (int from = 0; from < all.size(); from += LOOK_UPS) {
            known.addAll(call.state()
                    .get(all.subList(from, Math.min(from + LOOK_UPS, all.size())))
                    .keySet());
        }
        return known;
    }

    private String key(String text) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(model.getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0);
            digest.update(text.getBytes(StandardCharsets.UTF_8));
            return "embedding/" + HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
