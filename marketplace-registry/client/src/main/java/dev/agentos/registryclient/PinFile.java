package dev.agentos.registryclient;

import dev.agentos.kernel.Json;
import dev.agentos.registryclient.IndexTrust.Pin;
import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.verifier.VerifiedClasses;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.NoSuchElementException;
import java.util.Optional;

/** The file that keeps what is known of one registry. A write is durable when it returns. */
final class PinFile {

    private final Path file;
    private final String address;

    PinFile(Path directory, String address) {
        String name = VerifiedClasses.digest(address.getBytes(StandardCharsets.UTF_8));
        this.file = directory.resolve(name.substring(0, 32) + ".json").toAbsolutePath();
        this.address = address;
    }

    Optional<Pin> read() {
        try {
            return Optional.of(pin(Json.parseObject(new ByteArrayInputStream(Files.readAllBytes(file)))));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException | AgentOsException | DateTimeException | NoSuchElementException e) {
            // Going on as if nothing were known would accept any key.
            throw failed("read", e);
        }
    }

    private Pin pin(JsonObject json) {
        return new Pin(
                address,
                json.text("registry").orElse(""),
                json.text("fingerprint").orElseThrow(),
                Instant.parse(json.text("since").orElseThrow()),
                json.number("version").orElseThrow().value().longValue(),
                json.text("digest").orElse(""),
                json.text("expires").map(Instant::parse));
    }

    void write(Pin pin) {
        byte[] bytes = Json.writeBytes(JsonObject.of(
                "address", pin.address(),
                "registry", pin.registry(),
                "fingerprint", pin.fingerprint(),
                "since", pin.since().toString(),
                "version", pin.version(),
                "digest", pin.digest(),
                "expires", pin.expires().map(Instant::toString).orElse(null)));
        Path draft = file.resolveSibling(file.getFileName() + ".part");
        try {
            Files.createDirectories(file.getParent());
            try (FileChannel channel = FileChannel.open(
                    draft, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                ByteBuffer buffer = ByteBuffer.wrap(bytes);
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
                channel.force(true);
            }
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            forceDirectory();
        } catch (IOException e) {
            throw failed("written", e);
        }
    }

    boolean delete() {
        try {
            boolean deleted = Files.deleteIfExists(file);
            if (deleted) {
                forceDirectory();
            }
            return deleted;
        } catch (IOException e) {
            throw failed("deleted", e);
        }
    }

    private void forceDirectory() throws IOException {
        // Reading is enough to force a directory, and the only way to open one.
        try (FileChannel channel = FileChannel.open(file.getParent(), StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private AgentOsException failed(String what, Exception e) {
        return new AgentOsException(
                RegistryErrorCode.STORAGE_FAILED,
                "What is known of the registry at " + address + " cannot be " + what + " in " + file + " ("
                        + e.getClass().getSimpleName() + ").",
                "Check the directory's rights and space. A damaged file goes with: agentos registry forget.",
                e);
    }
}
