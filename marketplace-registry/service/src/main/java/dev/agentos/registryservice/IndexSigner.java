package dev.agentos.registryservice;

import dev.agentos.kernel.Json;
import dev.agentos.registrymodel.Envelope;
import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.registrymodel.Release;
import dev.agentos.registrymodel.SignedIndex;
import dev.agentos.spi.AgentOsException;
import dev.agentos.verifier.PublisherKey;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a registry's signed index in line with its files. Publishing does not sign, and so needs no key: whoever serves
 * the registry signs when the index is read and is not that of the files any more, or is half its life old. The version
 * goes on from the index that is stored, under the lock that all processes share.
 */
final class IndexSigner {

    private static final Logger LOG = LoggerFactory.getLogger(IndexSigner.class);
    private static final Duration KEY_LIFE = Duration.ofDays(36_500);
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private final RegistryDirectory directory;
    private final IndexSigning signing;
    private final InstantSource clock;
    private @Nullable PublisherKey key;
    private @Nullable Known known;

    /** An index that was in line with the files of that state, and when it is to be signed anew. */
    private record Known(String files, String index, Envelope envelope, Instant renewAt) {}

    IndexSigner(RegistryDirectory directory, IndexSigning signing, InstantSource clock) {
        this.directory = directory;
        this.signing = signing;
        this.clock = clock;
    }

    /** The key's fingerprint; the key is made when there is none. */
    synchronized String fingerprint() {
        return directory.exclusively(this::key).fingerprint();
    }

    /** The index as it is now. A mirror's is the one that it was filled with. */
    synchronized byte[] current() {
        if (directory.isMirror()) {
            return directory.signedIndex().orElseThrow(() -> damaged("it is not there", null));
        }
        Known last = known;
        if (last == null || !isCurrent(last)) {
            last = directory.exclusively(this::renew);
            known = last;
        }
        return Json.writeBytes(last.envelope().toJson());
    }

    private boolean isCurrent(Known last) {
        return last.files().equals(directory.stamp())
                && last.index().equals(directory.indexStamp())
                && clock.instant().isBefore(last.renewAt());
    }

    private Known renew() throws IOException {
        String files = directory.stamp();
        List<Release> releases = directory.entries().values().stream()
                .flatMap(entry -> entry.releases().stream())
                .toList();
        PublisherKey mine = key();
        Optional<Envelope> stored = directory.signedIndex().map(IndexSigner::envelope);
        Optional<SignedIndex> before = stored.map(IndexSigner::index);
        if (stored.isPresent() && before.isPresent() && isInLine(stored.get(), before.get(), mine, releases)) {
            return known(files, stored.get(), before.get());
        }
        Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        SignedIndex next = new SignedIndex(
                signing.name(),
                mine.fingerprint(),
                before.map(SignedIndex::version).orElse(0L) + 1,
                now,
                now.plus(signing.life()),
                SignedIndex.entries(releases));
        Envelope envelope = Envelope.signed(SignedIndex.PAYLOAD_TYPE, next.toBytes(), mine);
        directory.writeSignedIndex(Json.writeBytes(envelope.toJson()));
        LOG.info("Signed version {} of the index, valid until {}", next.version(), next.expires());
        return known(files, envelope, next);
    }

    private boolean isInLine(Envelope envelope, SignedIndex index, PublisherKey mine, Collection<Release> releases) {
        return envelope.isSignedBy(mine.fingerprint())
                && index.registry().equals(signing.name())
                && index.releases().equals(SignedIndex.entries(releases))
                && Duration.between(index.issuedAt(), index.expires()).equals(signing.life())
                && clock.instant().isBefore(renewAt(index));
    }

    private Known known(String files, Envelope envelope, SignedIndex index) {
        return new Known(files, directory.indexStamp(), envelope, renewAt(index));
    }

    private static Instant renewAt(SignedIndex index) {
        return index.issuedAt()
                .plus(Duration.between(index.issuedAt(), index.expires()).dividedBy(2));
    }

    /** The registry's key; callers hold the registry's lock. */
    private PublisherKey key() throws IOException {
        PublisherKey mine = key;
        if (mine == null) {
            Path file = directory.keyFile();
            String password = PublisherKey.password(System.getenv());
            if (Files.exists(file)) {
                mine = PublisherKey.open(file, password);
                keepPrivate(file);
            } else {
                mine = PublisherKey.create(file, signing.name(), password, KEY_LIFE, Duration.ZERO);
                LOG.info("Made the registry's key {}", mine.fingerprint());
            }
            key = mine;
        }
        return mine;
    }

    private static void keepPrivate(Path file) throws IOException {
        if (!OWNER_ONLY.containsAll(Files.getPosixFilePermissions(file))) {
            LOG.warn("Others could read the registry's key {}; now its owner alone can", file);
            Files.setPosixFilePermissions(file, OWNER_ONLY);
        }
    }

    private static Envelope envelope(byte[] bytes) {
        try {
            return Envelope.fromJson(Json.parseObject(new ByteArrayInputStream(bytes)));
        } catch (IllegalArgumentException | AgentOsException e) {
            throw damaged(String.valueOf(e.getMessage()), e);
        }
    }

    private static SignedIndex index(Envelope envelope) {
        try {
            return SignedIndex.read(envelope.payload());
        } catch (IllegalArgumentException | AgentOsException e) {
            throw damaged(String.valueOf(e.getMessage()), e);
        }
    }

    private static AgentOsException damaged(String what, @Nullable Throwable cause) {
        return new AgentOsException(
                RegistryErrorCode.INDEX_DAMAGED,
                "The registry's file " + RegistryDirectory.SIGNED_INDEX + " is damaged: " + what + ".",
                "Restore the newest copy of it. Without one delete it: versions then begin again at 1, and each server"
                        + " that knows this registry has to forget it (agentos registry forget).",
                cause);
    }
}
