package dev.agentos.registryclient;

import dev.agentos.kernel.Digests;
import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a registry answered last to each of the questions that were asked of it, a file for each, so that a server which
 * starts while the registry is away has something to show. A file is lost without harm and believed as little as the
 * registry itself: whoever reads one checks it as if it had just come.
 */
final class KeptAnswers {

    private static final Logger LOG = LoggerFactory.getLogger(KeptAnswers.class);
    private static final String ENDING = ".answer.json";

    private final Path directory;
    private final InstantSource clock;
    private final int most;
    private final Map<String, Instant> written = new ConcurrentHashMap<>();

    /**
     * Keeps them in that directory, which is made when it is needed.
     *
     * @param most how many; those that were asked the longest ago go first
     */
    KeptAnswers(Path directory, InstantSource clock, int most) {
        this.directory = directory;
        this.clock = clock;
        this.most = most;
    }

    /**
     * An answer.
     *
     * @param at when the registry gave it
     */
    record Kept(byte[] body, Instant at) {}

    private Path file(String question) {
        return directory.resolve(
                Digests.sha256(question.getBytes(StandardCharsets.UTF_8)).substring(0, 32) + ENDING);
    }

    /** Keeps an answer, which is text, in the place of the one before. What cannot be kept is not there later. */
    void keep(String question, byte[] body) {
        Instant now = clock.instant();
        JsonObject kept = JsonObject.of(
                "question", question, "at", now.toString(), "body", new String(body, StandardCharsets.UTF_8));
        try {
            Files.createDirectories(directory);
            Path draft = Files.createTempFile(directory, "draft", ".part");
            try {
                Files.write(draft, Json.writeBytes(kept));
                Files.move(draft, file(question), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(draft);
            }
            if (written.put(question, now) == null) {
                leaveOutTheOldest();
            }
        } catch (IOException e) {
            LOG.warn("What the registry answers cannot be kept in {}: {}", directory, e.toString());
        }
    }

    /** Keeps nothing of that question any more. */
    void forget(String question) {
        try {
            Files.deleteIfExists(file(question));
            written.remove(question);
        } catch (IOException e) {
            LOG.warn("What the registry does not have any more cannot be deleted in {}: {}", directory, e.toString());
        }
    }

    private synchronized void leaveOutTheOldest() throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> there = Files.list(directory)) {
            there.filter(file -> file.toString().endsWith(ENDING)).forEach(files::add);
        }
        if (files.size() > most) {
            files.sort(Comparator.comparing(KeptAnswers::age).thenComparing(Comparator.naturalOrder()));
            for (Path file : files.subList(0, files.size() - most)) {
                Files.deleteIfExists(file);
            }
            written.keySet().removeIf(question -> !Files.exists(file(question)));
        }
    }

    private static Instant age(Path file) {
        try {
            return Files.getLastModifiedTime(file).toInstant();
        } catch (IOException e) {
            return Instant.MIN;
        }
    }

    /** What was answered last to that question; empty when nothing was, or it cannot be read. */
    Optional<Kept> find(String question) {
        try {
            JsonObject kept = Json.parseObject(new ByteArrayInputStream(Files.readAllBytes(file(question))));
            if (!kept.text("question").equals(Optional.of(question))) {
                return Optional.empty();
            }
            Optional<Instant> at = kept.text("at").map(Instant::parse);
            return kept.text("body")
                    .flatMap(body -> at.map(time -> new Kept(body.getBytes(StandardCharsets.UTF_8), time)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException | AgentOsException | DateTimeException e) {
            LOG.warn("What the registry answered before cannot be read in {}: {}", directory, e.toString());
            return Optional.empty();
        }
    }
}
