package dev.agentos.providerlocal;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.CallContext;
import dev.agentos.spi.Embedding;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The one encoder of this plugin version, loaded at the first use and unloaded when the last extension that uses it has
 * stopped. The two extensions are made by the host, each by itself; what they share can only be here.
 */
final class SharedEmbedder {

    private static final SharedEmbedder INSTANCE = new SharedEmbedder();

    /** Texts between two looks at whether the call still matters. */
    private static final int CHUNK = 32;

    private int users;
    private Optional<Path> folder = Optional.empty();
    private Optional<SentenceEmbedder> loaded = Optional.empty();

    private SharedEmbedder() {}

    static SharedEmbedder instance() {
        return INSTANCE;
    }

    /**
     * Counts one more user.
     *
     * @param temporary the plugin's folder for what can be made anew
     */
    synchronized void enter(Path temporary) {
        folder = Optional.of(temporary);
        users++;
    }

    /** Counts one user less; unloads behind the last. */
    synchronized void leave() {
        users = Math.max(0, users - 1);
        if (users == 0) {
            loaded.ifPresent(SentenceEmbedder::close);
            loaded = Optional.empty();
        }
    }

    /** Whether the encoder is in memory. */
    synchronized boolean isLoaded() {
        return loaded.isPresent();
    }

    /** Embeds texts part by part and stops between two parts once the call is cancelled. */
    SentenceEmbedder.Result embed(List<String> texts, CallContext call) {
        SentenceEmbedder embedder = embedder();
        List<Embedding> embeddings = new ArrayList<>(texts.size());
        long tokens = 0;
        for (int from = 0; from < texts.size(); from += CHUNK) {
            if (call.cancelled() || Thread.currentThread().isInterrupted()) {
                throw new AgentOsException(
                        LocalErrorCode.CANCELLED,
                        "The call was cancelled after " + from + " of " + texts.size() + " texts.",
                        "Start it again if it is still wanted, with a later deadline or fewer texts.");
            }
            SentenceEmbedder.Result part = embedder.embed(texts.subList(from, Math.min(from + CHUNK, texts.size())));
            embeddings.addAll(part.embeddings());
            tokens += part.tokens();
        }
        return new SentenceEmbedder.Result(embeddings, tokens);
    }

    private synchronized SentenceEmbedder embedder() {
        if (users == 0) {
            throw new IllegalStateException("The local provider is not started");
        }
        if (loaded.isEmpty()) {
            loaded = Optional.of(SentenceEmbedder.load(folder.orElseThrow()));
        }
        return loaded.get();
    }
}
